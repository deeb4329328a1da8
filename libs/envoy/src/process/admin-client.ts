import { request } from 'node:http';
import { MallaError } from '@malla/model';
import type { AdminAddress } from '../bootstrap/addresses.ts';
import { staticStatPrefixes } from '../bootstrap/static-listeners.ts';

/** What the supervisor and the agent ask of a running Envoy. */
export interface EnvoyAdmin {
  /** Whether Envoy is LIVE: it has its first configuration and its listeners are open. False when it can't be asked. */
  ready(): Promise<boolean>;
  /** Begins the graceful drain: listeners stay open, but each response asks its connection to close. */
  drain(): Promise<void>;
  /** HTTP requests in flight on the mesh's listeners. */
  activeRequests(): Promise<number>;
  /** All metrics in Prometheus' text format. */
  prometheus(): Promise<string>;
}

/** Talks to Envoy's admin interface. Each call ends within `timeoutMs` and fails as `unavailable` MallaError. */
export class EnvoyAdminClient implements EnvoyAdmin {
  readonly #address: AdminAddress;
  readonly #timeoutMs: number;

  constructor(address: AdminAddress, timeoutMs = 5_000) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  async ready(): Promise<boolean> {
    try {
      return (await this.#send('GET', '/ready')).status === 200;
    } catch {
      return false;
    }
  }

  async drain(): Promise<void> {
    // skip_exit keeps the listeners open: closing a SO_REUSEPORT listener resets the connections in its accept queue.
    await this.#ok('POST', '/drain_listeners?graceful&skip_exit');
  }

  async activeRequests(): Promise<number> {
    const text = await this.#ok('GET', '/stats?filter=^http\\..*downstream_rq_active$');
    return sumActiveRequests(text);
  }

  prometheus(): Promise<string> {
    return this.#ok('GET', '/stats/prometheus');
  }

  async #ok(method: string, path: string): Promise<string> {
    const { status, body } = await this.#send(method, path);
    if (status === 200) return body;
    throw new MallaError('unavailable', `Envoy's admin interface answered ${status} to ${method} ${path}`);
  }

  #send(method: string, path: string): Promise<{ status: number; body: string }> {
    const where =
      this.#address.kind === 'unix'
        ? { socketPath: this.#address.path }
        : { host: this.#address.socket.address, port: this.#address.socket.port };
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void =>
        reject(new MallaError('unavailable', `Envoy's admin interface did not answer ${method} ${path}`, { cause }));
      const sent = request({ ...where, method, path, agent: false, timeout: this.#timeoutMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      sent.on('timeout', () => sent.destroy(new Error('timed out')));
      sent.on('error', fail);
      sent.end();
    });
  }
}

/** Adds up `name: value` lines, without the admin interface and the static listeners. */
export function sumActiveRequests(stats: string): number {
  const own = ['admin', ...Object.values(staticStatPrefixes)].map((prefix) => `http.${prefix}.`);
  return stats
    .split('\n')
    .filter((line) => line !== '' && !own.some((prefix) => line.startsWith(prefix)))
    .reduce((sum, line) => sum + (Number(line.slice(line.lastIndexOf(':') + 1)) || 0), 0);
}
