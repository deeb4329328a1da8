import type { TransportReader } from '@malla/http-codec';
import type { HttpManagerConfig, RouteTableConfig } from '@malla/proxy-config';
import type { ConnectionInfo, TerminalFilter, TerminalReader } from '../../src/runtime/connection.ts';
import type { LogRecord } from '../../src/runtime/log-record.ts';
import type { WorkerServices } from '../../src/runtime/services.ts';
import { StatsStore } from '../../src/stats/stats-store.ts';
import { createHttpManager } from '../../src/http/create-http-manager.ts';
import { managerConfig } from './configs.ts';
import { FakeCluster, type FakeClusterParams } from './fake-cluster.ts';
import { FakeTimers } from './fake-timers.ts';
import { MemoryPair } from './memory-transport.ts';

/** A client in memory. */
export class Client implements TransportReader {
  readonly pair = new MemoryPair();
  received = '';
  closed = false;
  terminal!: TerminalReader;
  readonly #world: HttpWorld;

  constructor(world: HttpWorld) {
    this.#world = world;
    this.pair.far.reader = this;
  }

  /** Sends, and lets everything settle. */
  send(text: string | Buffer): this {
    this.pair.far.write(text);
    this.#world.run();
    return this;
  }

  /** What came since the last time. */
  take(): string {
    const { received } = this;
    this.received = '';
    return received;
  }

  onBytes(chunk: Buffer): void {
    this.received += chunk.toString('latin1');
  }

  onEnd(): void {
    this.pair.far.end();
  }

  onDrain(): void {}

  onClose(): void {
    this.closed = true;
  }
}

/** A worker in memory: real codecs, fake sockets and a clock that stands. */
export class HttpWorld {
  readonly timers = new FakeTimers();
  readonly store = new StatsStore();
  readonly clusters = new Map<string, FakeCluster>();
  readonly tables = new Map<string, RouteTableConfig>();
  readonly lines: string[] = [];
  readonly records: LogRecord[] = [];
  draining = false;
  random: () => number = () => 0.5;
  readonly #pairs = new Set<MemoryPair>();
  readonly services: WorkerServices;

  constructor() {
    this.services = {
      stats: this.store.root,
      timers: this.timers,
      random: () => this.random(),
      clusters: { get: (name) => this.clusters.get(name) },
      routes: { get: (name) => this.tables.get(name) },
      logs: {
        grpc: (_params, record) => void this.records.push(record),
        line: (_path, text) => void this.lines.push(text),
      },
      log: () => undefined,
      draining: () => this.draining,
    };
  }

  cluster(params: FakeClusterParams): FakeCluster {
    const cluster = new FakeCluster(params, this.#pairs);
    this.clusters.set(params.name, cluster);
    return cluster;
  }

  manager(change: Partial<HttpManagerConfig> = {}, options?: { readonly bufferLimitBytes?: number }): TerminalFilter {
    return createHttpManager(managerConfig(change), this.services, options);
  }

  connect(manager: TerminalFilter, info: Partial<ConnectionInfo> = {}): Client {
    const client = new Client(this);
    this.#pairs.add(client.pair);
    client.terminal = manager.accept({ transport: client.pair.near, info: { ...connectionInfo(), ...info } });
    client.pair.near.reader = client.terminal;
    return client;
  }

  /** Delivers until nothing moves. */
  run(): void {
    for (let steps = 0; steps < 100_000; steps++) {
      let moved = false;
      for (const pair of this.#pairs) moved = pair.step() || moved;
      if (!moved) return;
    }
    throw new Error('the world does not come to rest');
  }

  /** Time goes on in small steps, and what it starts takes its course. */
  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 10) {
      this.timers.advance(Math.min(10, left));
      this.run();
    }
  }

  /** A counter or gauge by its name in /stats; 0 when it was never made. */
  stat(name: string): number {
    return this.store.value(name);
  }
}

function connectionInfo(): ConnectionInfo {
  return {
    id: 1,
    remote: { address: '10.1.1.1', port: 5000 },
    local: { address: '10.1.1.2', port: 8080 },
    listener: 'l',
    filterChain: 'c',
    direction: 'inbound',
    requestedServerName: '',
    startedAt: 0,
    scratch: new Map(),
  };
}
