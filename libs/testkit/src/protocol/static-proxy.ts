import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { freePort } from '../network/free-ports.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';

export interface StaticProxyParams {
  readonly program: ProxyProgram;
  /** Application behind it, on 127.0.0.1. */
  readonly upstream: number;
  /** The application speaks HTTP/2. */
  readonly upstreamHttp2?: boolean;
  /** Transport sockets, as JSON, towards clients and towards the application; plain without. */
  readonly downstreamTls?: Readonly<Record<string, unknown>>;
  readonly upstreamTls?: Readonly<Record<string, unknown>>;
  /** More fields of the HTTP connection manager, as JSON. */
  readonly manager?: Readonly<Record<string, unknown>>;
  /** More fields of the bootstrap. */
  readonly bootstrap?: Readonly<Record<string, unknown>>;
  /** More fields of the route's action. */
  readonly route?: Readonly<Record<string, unknown>>;
}

/** A proxy of one listener with one route to one application, from a bootstrap alone. */
export class StaticProxy implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;

  private constructor(parts: { port: number; child: ChildProcess; folder: TemporaryFolder }) {
    this.port = parts.port;
    this.#child = parts.child;
    this.#folder = parts.folder;
  }

  static async start(params: StaticProxyParams): Promise<StaticProxy> {
    const folder = new TemporaryFolder('malla-proxy-');
    const port = await freePort();
    writeFileSync(
      folder.join('bootstrap.json'),
      JSON.stringify(bootstrapOf(params, { port, admin: folder.join('admin') })),
    );
    const log = openSync(folder.join('log'), 'a');
    const [program, ...args] = params.program.command;
    const options = [
      '-c',
      folder.join('bootstrap.json'),
      '--disable-hot-restart',
      '--concurrency',
      '1',
      '--log-level',
      'warning',
    ];
    const child = spawn(program, [...args, ...options], { stdio: ['ignore', log, log] });
    closeSync(log);
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const proxy = new StaticProxy({ port, child, folder });
    try {
      await waitFor(async () => (await proxy.admin('/ready')).includes('LIVE'), {
        what: params.program.name,
        timeoutMs: 20_000,
      });
    } catch (error) {
      const text = proxy.log;
      await proxy[Symbol.asyncDispose]();
      throw new Error(`${params.program.name} did not start: ${text.slice(-2_000)}`, { cause: error });
    }
    return proxy;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** False once it has ended. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get log(): string {
    return readFileSync(this.#folder.join('log'), 'utf8');
  }

  /** Resident memory in MiB. */
  get residentMib(): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) / 1_024;
  }

  /** Answer of the admin interface. */
  admin(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { socketPath: this.#folder.join('admin'), path, agent: false, timeout: 5_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => resolve(Buffer.concat(chunks).toString()));
        },
      );
      sent.on('error', reject).end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    this.#folder[Symbol.dispose]();
  }
}

const types = 'type.googleapis.com/envoy.extensions';

function bootstrapOf(params: StaticProxyParams, { port, admin }: { port: number; admin: string }): unknown {
  const address = { socket_address: { address: '127.0.0.1', port_value: params.upstream } };
  const http2 = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${types}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  };
  return {
    node: { id: 'test', cluster: 'test' },
    admin: { address: { pipe: { path: admin } } },
    static_resources: {
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          connect_timeout: '5s',
          load_assignment: { cluster_name: 'app', endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
          ...(params.upstreamTls && { transport_socket: params.upstreamTls }),
          ...(params.upstreamHttp2 === true && { typed_extension_protocol_options: http2 }),
        },
      ],
      listeners: [
        {
          name: 'in',
          address: { socket_address: { address: '127.0.0.1', port_value: port } },
          filter_chains: [
            {
              filters: [httpFilter(params)],
              ...(params.downstreamTls && { transport_socket: params.downstreamTls }),
            },
          ],
        },
      ],
    },
    ...params.bootstrap,
  };
}

function httpFilter({ manager, route }: StaticProxyParams): unknown {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'in',
      route_config: {
        name: 'all',
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s', ...route } }],
          },
        ],
      },
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${types}.filters.http.router.v3.Router` } },
      ],
      ...manager,
    },
  };
}
