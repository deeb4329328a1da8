import { chmodSync, rmSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Address } from '@malla/proxy-config';
import type { Counter, StatsScope } from '../runtime/instruments.ts';

// Not imported: an import reads every export of the module, and some of them load Node's whole HTTP client (fetch) and HTTP/2: 8 MB and 0.1 s.
const { createServer } = process.getBuiltinModule('node:http');

/** What a page answers. */
export interface AdminAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly json?: boolean;
  readonly body: string;
}

/** One command of the admin interface. */
export interface AdminPage {
  readonly path: string;
  /** Envoy's words. */
  readonly help: string;
  /** It changes something: only POST. */
  readonly post?: boolean;
  readonly answer: (query: URLSearchParams) => AdminAnswer | Promise<AdminAnswer>;
}

/** Bytes of a request that are read before the answer; nothing in a body means anything. */
const maxBodyBytes = 64 * 1024;

/** Envoy's admin interface, on loopback or a Unix socket. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/operations/admin */
export class AdminServer {
  readonly #server: Server;
  readonly #pages: ReadonlyMap<string, AdminPage>;
  readonly #total: Counter;

  constructor(pages: readonly AdminPage[], stats: StatsScope) {
    const scope = stats.scope({
      prefix: 'http.admin',
      prometheusPrefix: 'http',
      tags: [['envoy_http_conn_manager_prefix', 'admin']],
    });
    this.#total = scope.counter('downstream_rq_total');
    const help: AdminPage = {
      path: '/help',
      help: 'print out list of admin commands',
      answer: () => ({ body: helpText([...this.#pages.values()]) }),
    };
    this.#pages = new Map([...pages, help].map((page) => [page.path, page]));
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 5_000;
  }

  /** @throws Error when the address is taken, or when it is not this host's own */
  async listen(address: Address): Promise<void> {
    if (address.kind === 'tcp' && !isLoopback(address.address))
      throw new Error(`the admin interface would be open to others on ${address.address}: use a loopback address`);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      const listening = (): void => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined);
        resolve();
      };
      if (address.kind === 'tcp') this.#server.listen({ host: address.address, port: address.port }, listening);
      else {
        // Left behind by a process that was killed.
        rmSync(address.path, { force: true });
        this.#server.listen({ path: address.path }, listening);
      }
    });
    if (address.kind === 'pipe') chmodSync(address.path, 0o600);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#total.inc();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) request.destroy();
    });
    const { status = 200, json = false, body } = await this.#answer(request);
    response.writeHead(status, {
      'content-type': json ? 'application/json' : 'text/plain; charset=UTF-8',
      'cache-control': 'no-cache, max-age=0',
      'x-content-type-options': 'nosniff',
      server: 'envoy',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer(request: IncomingMessage): Promise<AdminAnswer> {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    if (!openToNames.has(path) && !isOwnName(request.headers.host))
      return { status: 403, body: 'the admin interface answers to loopback names only\n' };
    const page = this.#pages.get(path === '/' ? '/help' : path);
    if (page === undefined) return { status: 404, body: `invalid path. ${helpText([...this.#pages.values()])}` };
    if (page.post === true && request.method !== 'POST')
      return { status: 405, body: `Method ${request.method ?? ''} not allowed, POST required.` };
    try {
      return await page.answer(new URLSearchParams(at < 0 ? '' : url.slice(at + 1)));
    } catch (error) {
      return { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
  }
}

/** Pages that a listener may lead to, by whatever name its clients know it; they tell no secrets and change nothing. */
const openToNames: ReadonlySet<string> = new Set(['/ready', '/stats/prometheus']);

function helpText(pages: readonly AdminPage[]): string {
  const sorted = pages.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted.map(({ path, post, help }) => `  ${path}${post === true ? ' (POST)' : ''}: ${help}\n`);
  return `admin commands are:\n  /: Admin home page\n${lines.join('')}`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address);
}

/** A page in a browser that had its own name resolved to this host's loopback sends that name. */
function isOwnName(host: string | undefined): boolean {
  if (host === undefined || host === '') return true;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  // Clients on a Unix socket send any name; browsers cannot use one.
  return name === 'localhost' || isLoopback(name) || /^[\d.]+$/.test(name) || name.includes(':') || !name.includes('.');
}
