import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { freePorts, TemporaryFolder, waitFor } from '@malla/testkit';
import { request } from 'node:http';
import type { OddCertificate } from './odd-certificates.ts';

/** The begin of a SAN that peers must have. */
export interface TlsEnvoyParams {
  readonly binary: string;
  readonly rootsPem: string;
  readonly own: OddCertificate;
  readonly sanPrefix: string;
  /** Behind its TLS listener. */
  readonly echoPort: number;
  /** TLS servers: for each there is a plain listener. */
  readonly servers: readonly number[];
}

const type = 'type.googleapis.com/envoy';

/** A real Envoy that ends mutual TLS before an echo, and begins it towards servers. */
export class TlsEnvoy implements AsyncDisposable {
  readonly #folder = new TemporaryFolder('malla-tls-');
  #process: ChildProcess | undefined;
  #ports: readonly number[] = [];

  /** Where clients show their certificates. */
  get tlsPort(): number {
    return this.#ports[0] ?? 0;
  }

  /** Plain; leads to the server with that place in the list. */
  plainPort(server: number): number {
    return this.#ports[server + 1] ?? 0;
  }

  async start(params: TlsEnvoyParams): Promise<this> {
    this.#ports = await freePorts(params.servers.length + 1);
    const bootstrap = this.#folder.join('bootstrap.json');
    writeFileSync(bootstrap, JSON.stringify(this.#bootstrap(params)));
    const log = openSync(this.#folder.join('log'), 'a');
    const args = ['-c', bootstrap, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'];
    const child = spawn(params.binary, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#process = child;
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await waitFor(() => this.#isReady(), { what: 'Envoy', timeoutMs: 20_000 }).catch((error: unknown) => {
      const written = readFileSync(this.#folder.join('log'), 'utf8');
      throw new Error(`Envoy did not start: ${written.slice(-2000)}`, { cause: error });
    });
    return this;
  }

  /** What it has logged of its connections. */
  get log(): string {
    return readFileSync(this.#folder.join('log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    this.#folder[Symbol.dispose]();
  }

  #isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request({ socketPath: this.#folder.join('admin'), path: '/ready', agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.once('error', () => resolve(false));
      asked.end();
    });
  }

  #bootstrap({ rootsPem, own, sanPrefix, echoPort, servers }: TlsEnvoyParams): unknown {
    const common = {
      tls_certificates: [
        { certificate_chain: { inline_string: own.certPem }, private_key: { inline_string: own.keyPem } },
      ],
      validation_context: {
        trusted_ca: { inline_string: rootsPem },
        match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: sanPrefix } }],
      },
    };
    const down = {
      name: 'tls',
      typed_config: {
        '@type': `${type}.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
        require_client_certificate: true,
        common_tls_context: common,
      },
    };
    const up = {
      name: 'tls',
      typed_config: {
        '@type': `${type}.extensions.transport_sockets.tls.v3.UpstreamTlsContext`,
        common_tls_context: common,
      },
    };
    return {
      admin: { address: { pipe: { path: this.#folder.join('admin') } } },
      static_resources: {
        listeners: [
          listener(this.tlsPort, 'echo', { transport_socket: down }),
          ...servers.map((_, index) => listener(this.plainPort(index), `server-${index}`, {})),
        ],
        clusters: [
          cluster('echo', echoPort, {}),
          ...servers.map((port, index) => cluster(`server-${index}`, port, { transport_socket: up })),
        ],
      },
    };
  }
}

function listener(port: number, clusterName: string, chain: object): unknown {
  const format = `${clusterName} %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON%\n`;
  const log = {
    name: 'file',
    typed_config: {
      '@type': `${type}.extensions.access_loggers.file.v3.FileAccessLog`,
      path: '/dev/stderr',
      log_format: { text_format_source: { inline_string: format } },
    },
  };
  const proxy = {
    name: 'tcp',
    typed_config: {
      '@type': `${type}.extensions.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'tcp',
      cluster: clusterName,
      access_log: [log],
    },
  };
  return {
    name: `on-${port}`,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [{ filters: [proxy], ...chain }],
  };
}

function cluster(name: string, port: number, more: object): unknown {
  const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...more,
  };
}
