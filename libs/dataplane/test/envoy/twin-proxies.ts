import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ingestBootstrap } from '@malla/ingest';
import { freePort, TemporaryFolder, waitFor } from '@malla/testkit';
import type { WorkerUpdate } from '../../src/runtime/update.ts';
import type { StatsSnapshot } from '../../src/stats/stats-store.ts';
import type { ClusterStatus, FromWorker } from '../../src/worker/protocol.ts';
import { WorkerRuntime } from '../../src/worker/worker-runtime.ts';
import { ScriptedUpstream } from './scripted-upstream.ts';

type Json = Readonly<Record<string, unknown>>;

export interface TwinParams {
  /** More of the connection manager, as in Envoy's JSON. */
  readonly manager?: Json;
  readonly virtualHost?: Json;
  /** Before the router. */
  readonly filters?: readonly Json[];
  readonly routes: readonly Json[];
  /** More of the cluster `up`. */
  readonly cluster?: Json;
  /** Besides `up` (scripted), `dead` (nobody listens) and `empty`. */
  readonly clusters?: readonly Json[];
  readonly listener?: Json;
  readonly filterChain?: Json;
  /** Clients connect by TLS. */
  readonly clientTls?: ConnectionOptions;
  readonly respond: (request: string) => string | undefined;
}

/** What became of some bytes on their way through a proxy, without what differs from run to run. */
export interface Passage {
  readonly client: string;
  readonly closed: boolean;
  readonly upstream: readonly string[];
}

/** How long to wait for the first byte of an answer. */
const patienceMs = 1500;
const http = 'type.googleapis.com/envoy.extensions.filters';

/** A real Envoy and our worker with the same bootstrap, each with an upstream of its own. */
export class TwinProxies implements AsyncDisposable {
  readonly #folder = new TemporaryFolder('malla-twins-');
  readonly #lines = new Map<string, string>();
  #envoy: ChildProcess | undefined;
  #ports = { envoy: 0, ours: 0, dead: 0 };
  #upstreams!: { readonly envoy: ScriptedUpstream; readonly ours: ScriptedUpstream };
  #runtime: WorkerRuntime | undefined;
  #clientTls: ConnectionOptions | undefined;

  async start(binary: string, params: TwinParams): Promise<this> {
    this.#ports = { envoy: await freePort(), ours: await freePort(), dead: await freePort() };
    const { respond, clientTls } = params;
    this.#clientTls = clientTls;
    this.#upstreams = { envoy: new ScriptedUpstream(respond), ours: new ScriptedUpstream(respond) };
    await Promise.all([this.#upstreams.envoy.listen(), this.#upstreams.ours.listen()]);
    await Promise.all([this.#startEnvoy(binary, params), this.#startOurs(params)]);
    return this;
  }

  /** Sends bytes by a new connection to each, and waits until nothing moves any more. */
  async send(
    raw: string | readonly string[],
    quietMs = 60,
  ): Promise<{ readonly envoy: Passage; readonly ours: Passage }> {
    const [envoy, ours] = await Promise.all([
      this.#pass('envoy', typeof raw === 'string' ? [raw] : raw, quietMs),
      this.#pass('ours', typeof raw === 'string' ? [raw] : raw, quietMs),
    ]);
    return { envoy, ours };
  }

  /** Access-log lines so far; both must log to the path `LOG`. */
  async logs(): Promise<{ readonly envoy: string; readonly ours: string }> {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const path = this.#folder.join('access');
    return { envoy: this.#normal(readFileSync(path, 'utf8')), ours: this.#normal(this.#lines.get(path) ?? '') };
  }

  /** Counters and gauges by name, without those that are zero. */
  async stats(): Promise<{ readonly envoy: Record<string, number>; readonly ours: Record<string, number> }> {
    const text = await get(this.#folder.join('admin'), '/stats');
    const envoy: Record<string, number> = {};
    for (const [, name = '', value] of text.matchAll(/^(\S+): (\d+)$/gm))
      if (value !== '0') envoy[name] = Number(value);
    const snapshot = await new Promise<StatsSnapshot>((resolve) => {
      this.#onStats = resolve;
      this.#runtime?.receive({ kind: 'stats', id: 1 });
    });
    const ours: Record<string, number> = {};
    for (const { kind, index, definition } of snapshot.definitions) {
      if (kind === 'histogram') continue;
      const value = (kind === 'counter' ? snapshot.counters : snapshot.gauges)[index] as number;
      if (value !== 0) ours[definition.name] = value;
    }
    return { envoy, ours };
  }

  /** Numbers of all hosts of a cluster together, by Envoy's names in /clusters. */
  async hosts(
    cluster: string,
  ): Promise<{ readonly envoy: Record<string, number>; readonly ours: Record<string, number> }> {
    const text = await get(this.#folder.join('admin'), '/clusters');
    const envoy: Record<string, number> = {};
    for (const [, name = '', value] of text.matchAll(
      new RegExp(`^${cluster}::[^:]+:\\d+::((?:cx|rq)_\\w+)::(\\d+)$`, 'gm'),
    ))
      envoy[name] = (envoy[name] ?? 0) + Number(value);
    const clusters = await new Promise<readonly ClusterStatus[]>((resolve) => {
      this.#onHosts = resolve;
      this.#runtime?.receive({ kind: 'hosts', id: 1 });
    });
    const ours: Record<string, number> = {};
    for (const host of clusters.find(({ name }) => name === cluster)?.hosts ?? [])
      for (const [name, value] of Object.entries(host.stats)) ours[name] = (ours[name] ?? 0) + value;
    return { envoy, ours };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#envoy;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    await this.#apply({ listeners: [], removed: ['in'] });
    this.#upstreams.envoy.close();
    this.#upstreams.ours.close();
    this.#folder[Symbol.dispose]();
  }

  async #startEnvoy(binary: string, params: TwinParams): Promise<void> {
    const path = this.#folder.join('bootstrap.json');
    writeFileSync(path, JSON.stringify(this.#bootstrap(params, 'envoy')));
    const log = openSync(this.#folder.join('log'), 'a');
    const child = spawn(
      binary,
      [
        '-c',
        path,
        '--disable-hot-restart',
        '--concurrency',
        '1',
        '--log-level',
        'warning',
        '--file-flush-interval-msec',
        '50',
      ],
      {
        stdio: ['ignore', log, log],
      },
    );
    closeSync(log);
    this.#envoy = child;
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await waitFor(() => canConnect(this.#ports.envoy), { what: 'Envoy', timeoutMs: 20_000 }).catch((error: unknown) => {
      throw new Error(`Envoy did not start: ${readFileSync(this.#folder.join('log'), 'utf8').slice(-2000)}`, {
        cause: error,
      });
    });
  }

  async #startOurs(params: TwinParams): Promise<void> {
    const result = ingestBootstrap(JSON.stringify(this.#bootstrap(params, 'ours')));
    if (!result.ok || result.kind !== 'bootstrap') throw new Error(JSON.stringify(result).slice(0, 2000));
    const { clusters, listeners } = result.config;
    const post = (message: FromWorker): void => {
      if (message.kind === 'lines') this.#lines.set(message.path, (this.#lines.get(message.path) ?? '') + message.text);
      else if (message.kind === 'log') process.stderr.write(`${message.level} ${message.text}\n`);
      else if (message.kind === 'applied') this.#applied?.();
      else if (message.kind === 'stats') this.#onStats?.(message.snapshot);
      else if (message.kind === 'hosts') this.#onHosts?.(message.clusters);
    };
    this.#runtime = new WorkerRuntime(
      {
        index: 0,
        concurrency: 1,
        statsPrefixes: [],
        logLevel: 'warning',
        maxConnections: 0,
        shared: new SharedArrayBuffer(64),
        heartbeats: new SharedArrayBuffer(4),
        drainMs: 1000,
        nodeCluster: '',
        nodeId: 'test',
        nodeZone: '',
        ticketSeed: new Uint8Array(48),
      },
      post,
    );
    await this.#apply({ clusters, listeners });
    // As Envoy's readiness is seen, so that both count it.
    await canConnect(this.#ports.ours);
  }

  #applied: (() => void) | undefined;
  #onStats: ((snapshot: StatsSnapshot) => void) | undefined;
  #onHosts: ((clusters: readonly ClusterStatus[]) => void) | undefined;

  async #apply(change: {
    clusters?: WorkerUpdate['clusters'];
    listeners: WorkerUpdate['listeners'];
    removed?: string[];
  }): Promise<void> {
    const done = new Promise<void>((resolve) => (this.#applied = resolve));
    const removed = { secrets: [], clusters: [], endpoints: [], routes: [], listeners: change.removed ?? [] };
    const update = { sequence: 1, secrets: [], endpoints: [], routes: [], clusters: [], ...change, removed };
    this.#runtime?.receive({ kind: 'update', update });
    await done;
  }

  async #pass(which: 'envoy' | 'ours', pieces: readonly string[], quietMs: number): Promise<Passage> {
    const upstream = this.#upstreams[which];
    upstream.take();
    let received = '';
    let closed = false;
    let movedAt = Date.now();
    const to = { port: this.#ports[which], host: '127.0.0.1' };
    const socket = this.#clientTls === undefined ? connect(to) : connectTls({ ...to, ...this.#clientTls });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      movedAt = Date.now();
    });
    socket.on('end', () => (closed = true));
    socket.on('error', () => (closed = true));
    for (const piece of pieces) {
      const before = received.length;
      const sentAt = Date.now();
      socket.write(piece, 'latin1');
      movedAt = sentAt;
      // On a busy machine an answer may take its time; when it has begun, it is over soon.
      const answered = (): boolean => received.length > before || Date.now() - sentAt > patienceMs;
      while (!closed && !(answered() && Date.now() - Math.max(movedAt, upstream.movedAt) >= quietMs)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    socket.destroy();
    return { client: this.#normal(received), closed, upstream: upstream.take().map((text) => this.#normal(text)) };
  }

  /** Takes out what no two runs have in common. */
  #normal(text: string): string {
    const { envoy, ours } = this.#ports;
    return sortFields(text)
      .replaceAll(/x-envoy-expected-rq-timeout-ms: 1[0-5]\d{3}\r/g, 'x-envoy-expected-rq-timeout-ms: REST\r')
      .replaceAll(/connection: upgrade/gi, 'connection: upgrade')
      .replaceAll(/date: [^\r\n]+/g, 'date: D')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
      .replaceAll(/x-envoy-upstream-service-time: \d+/g, 'x-envoy-upstream-service-time: T')
      .replaceAll(`:${this.#ports.dead}`, ':DEAD')
      .replaceAll(`:${envoy}`, ':PORT')
      .replaceAll(`:${ours}`, ':PORT')
      .replaceAll(`:${this.#upstreams.envoy.port}`, ':UPSTREAM')
      .replaceAll(`:${this.#upstreams.ours.port}`, ':UPSTREAM');
  }

  #bootstrap(params: TwinParams, which: 'envoy' | 'ours'): unknown {
    const manager = {
      '@type': `${http}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'test',
      ...params.manager,
      route_config: {
        name: 'routes',
        validate_clusters: false,
        virtual_hosts: [{ name: 'all', domains: ['*'], routes: params.routes, ...params.virtualHost }],
      },
      http_filters: [
        ...(params.filters ?? []),
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${http}.http.router.v3.Router` } },
      ],
    };
    const text = JSON.stringify({
      node: { id: 'test', cluster: 'test' },
      ...(which === 'envoy' && { admin: { address: { pipe: { path: this.#folder.join('admin') } } } }),
      static_resources: {
        listeners: [
          {
            name: 'in',
            address: address(this.#ports[which]),
            filter_chains: [{ filters: [{ name: 'http', typed_config: manager }], ...params.filterChain }],
            ...params.listener,
          },
        ],
        clusters: [
          cluster('up', [this.#upstreams[which].port], params.cluster),
          cluster('dead', [this.#ports.dead]),
          cluster('empty', []),
          ...(params.clusters ?? []),
        ],
      },
    });
    return JSON.parse(
      text
        .replaceAll('"UPSTREAM_PORT"', String(this.#upstreams[which].port))
        .replaceAll('"LOG"', JSON.stringify(this.#folder.join('access'))),
    );
  }
}

export function cluster(name: string, ports: readonly (number | string)[], more: Json = {}): Json {
  const endpoints = ports.map((port) => ({ endpoint: { address: address(port) } }));
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
    ...more,
  };
}

function address(port: number | string): Json {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Fields of each head by name: the order of different fields means nothing. */
function sortFields(text: string): string {
  return text.replaceAll(
    /((?:^|\n)[^\r\n]*HTTP\/1\.[01][^\r\n]*\r\n)((?:[!-~]+: [^\r\n]*\r\n)+)(?=\r\n)/g,
    (_, first: string, fields: string) => {
      const lines = fields.split('\r\n').slice(0, -1);
      const name = (line: string): string => line.slice(0, line.indexOf(':'));
      lines.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
      return `${first}${lines.join('\r\n')}\r\n`;
    },
  );
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}
