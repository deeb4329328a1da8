import { createCircuitBreakers, HostCounts, type CircuitBreakers, type Host } from '@malla/balancing';
import type { TransportReader } from '@malla/http-codec';
import type { ClusterConfig, UpstreamHttpConfig } from '@malla/proxy-config';
import type { ClusterRuntime, ConnectFailure, ConnectParams, HostResult } from '../../src/runtime/upstream.ts';
import { MemoryPair } from './memory-transport.ts';

/** The far end of an upstream connection, in the hands of a spec. */
export class UpstreamPeer implements TransportReader {
  readonly pair: MemoryPair;
  readonly params: ConnectParams;
  received = '';
  closed = false;
  /** Answers by itself when a whole request head has come. */
  respond: ((request: string) => string | undefined) | undefined;

  constructor(pair: MemoryPair, params: ConnectParams) {
    this.pair = pair;
    this.params = params;
    pair.far.reader = this;
  }

  write(text: string): void {
    this.pair.far.write(text);
  }

  onBytes(chunk: Buffer): void {
    this.received += chunk.toString('latin1');
    if (this.respond === undefined || !this.received.includes('\r\n\r\n')) return;
    const answer = this.respond(this.received);
    if (answer === undefined) return;
    this.received = '';
    this.write(answer);
  }

  onEnd(): void {
    this.pair.far.end();
  }

  onDrain(): void {}

  onClose(): void {
    this.closed = true;
  }
}

const http: UpstreamHttpConfig = {
  protocol: 'http1',
  http1: { acceptHttp10: true, defaultHostForHttp10: '', allowAbsoluteUrl: true, enableTrailers: false },
  http2: {
    maxConcurrentStreams: 100,
    initialStreamWindowSize: 1 << 20,
    initialConnectionWindowSize: 1 << 20,
    hpackTableSize: 4096,
    allowConnect: false,
  },
  idleTimeoutMs: 3_600_000,
  maxHeadersCount: 100,
  maxResponseHeadersKb: 60,
  autoSni: false,
  autoSanValidation: false,
};

const limits = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  trackRemaining: false,
};

export interface FakeClusterParams {
  readonly name: string;
  readonly hosts?: number;
  readonly http?: Partial<UpstreamHttpConfig>;
  readonly limits?: Partial<ClusterConfig['limits']>;
  /** What becomes of a connection; default: it stands at once. */
  readonly connect?: (params: ConnectParams) => ConnectFailure | undefined;
  readonly config?: Partial<ClusterConfig>;
}

/** A cluster whose hosts are memory: round robin, and every connection in the spec's hands. */
export class FakeCluster implements ClusterRuntime {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly limits: CircuitBreakers;
  readonly hosts: Host[];
  readonly peers: UpstreamPeer[] = [];
  readonly reports: HostResult[] = [];
  readonly overflows: string[] = [];
  respond: ((request: string) => string | undefined) | undefined;
  /** Told of every connection before a byte comes. */
  onPeer: ((peer: UpstreamPeer) => void) | undefined;
  readonly #connect: FakeClusterParams['connect'];
  readonly #pairs: Set<MemoryPair>;
  readonly #gone: ((host: Host) => void)[] = [];
  readonly #closed: (() => void)[] = [];
  #next = 0;

  constructor(params: FakeClusterParams, pairs: Set<MemoryPair>) {
    this.name = params.name;
    this.#pairs = pairs;
    this.#connect = params.connect;
    this.config = {
      name: params.name,
      discovery: { kind: 'original-dst' },
      connectTimeoutMs: 1000,
      loadBalancer: { kind: 'round-robin' },
      healthyPanicThreshold: 50,
      localityWeighted: false,
      limits: { ...limits, ...params.limits },
      highPriorityLimits: limits,
      healthChecks: [],
      transportMatches: [],
      transport: { kind: 'plain' },
      http: { ...http, ...params.http },
      bindAddresses: [],
      perConnectionBufferLimitBytes: 1 << 20,
      metadata: {},
      statName: params.name,
      ...params.config,
    };
    this.limits = createCircuitBreakers(this.config.limits, (kind) => this.overflows.push(kind));
    this.hosts = Array.from({ length: params.hosts ?? 1 }, (_, index) => fakeHost(index));
  }

  pick({ avoid }: Parameters<ClusterRuntime['pick']>[0]): Host | undefined {
    for (let tries = 0; tries < this.hosts.length; tries++) {
      const host = this.hosts[this.#next++ % this.hosts.length] as Host;
      if (avoid?.hosts.has(host) !== true || tries >= avoid.attempts) return host;
    }
    return this.hosts[0];
  }

  connect(params: ConnectParams): () => void {
    const failure = this.#connect?.(params);
    if (failure !== undefined) {
      params.handler.onFailed(failure);
      return () => undefined;
    }
    const pair = new MemoryPair();
    this.#pairs.add(pair);
    const peer = new UpstreamPeer(pair, params);
    peer.respond = this.respond;
    this.peers.push(peer);
    this.onPeer?.(peer);
    pair.near.reader = params.handler.onConnected({
      transport: pair.near,
      remote: { address: '10.0.0.1', port: 80 },
      local: { address: '10.0.0.9', port: 4000 + this.peers.length },
      host: params.host,
    });
    return () => undefined;
  }

  report(_host: Host, result: HostResult): void {
    this.reports.push(result);
  }

  onHostGone(listener: (host: Host) => void): () => void {
    this.#gone.push(listener);
    return () => undefined;
  }

  onClosed(listener: () => void): () => void {
    this.#closed.push(listener);
    return () => undefined;
  }

  dropHost(host: Host): void {
    this.hosts.splice(this.hosts.indexOf(host), 1);
    for (const listener of this.#gone) listener(host);
  }

  close(): void {
    for (const listener of this.#closed) listener();
  }
}

function fakeHost(index: number): Host {
  return {
    key: `10.0.0.${index + 1}:80`,
    endpoint: {
      address: { kind: 'tcp', address: `10.0.0.${index + 1}`, port: 80 },
      hostname: `host-${index}`,
      health: 'healthy',
      weight: 1,
      metadata: {},
    },
    locality: { region: '', zone: '', subZone: '' },
    priority: 0,
    activeRequests: 0,
    counts: new HostCounts(),
    healthy: true,
    ejected: false,
    gone: false,
  };
}
