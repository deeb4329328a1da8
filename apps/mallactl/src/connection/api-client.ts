import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { MallaError } from '@malla/model';
import type { ServerAddress } from './server-address.ts';
import { errorOfResponse, unreachable } from './status-error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ApiRequest {
  readonly method?: Method;
  /** Path from the server's root, such as `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly accept?: string;
}

export interface ApiResponse<T> {
  readonly body: T;
  /** Texts of the Warning headers (RFC 7234, code 299), as Kubernetes sends them. */
  readonly warnings: readonly string[];
}

/** Longest wait for an answer to one request, in milliseconds. */
const timeoutMs = 30_000;

/** A client of the config API. Failures are MallaErrors: the server's Status, or `unavailable` when it is out of reach. */
export class ApiClient {
  readonly #address: ServerAddress;
  readonly #signal: AbortSignal;
  readonly #agent: https.Agent;

  constructor(address: ServerAddress, signal: AbortSignal) {
    this.#address = address;
    this.#signal = signal;
    this.#agent = new https.Agent({
      keepAlive: true,
      maxSockets: 8,
      rejectUnauthorized: !address.insecure,
      ...(address.ca === undefined ? {} : { ca: address.ca }),
      ...(address.tlsServerName === undefined ? {} : { servername: address.tlsServerName }),
      ...(address.clientCertificate === undefined ? {} : { cert: address.clientCertificate }),
      ...(address.clientKey === undefined ? {} : { key: address.clientKey }),
    });
  }

  /** Namespace of the context. */
  get namespace(): string {
    return this.#address.namespace;
  }

  async send<T>(request: ApiRequest): Promise<ApiResponse<T>> {
    const response = await this.#open(request, timeoutMs);
    const body = await this.#text(response);
    if ((response.statusCode ?? 0) >= 400) throw errorOfResponse(response, body, this.#address.url);
    return { body: this.#json(body) as T, warnings: warningsOf(response) };
  }

  async get<T>(path: string, query: ApiRequest['query'] = {}): Promise<T> {
    return (await this.send<T>({ path, query })).body;
  }

  /** Events of a watch, one JSON object per line, until the server ends it or the user interrupts. */
  async *watch<T>(request: ApiRequest): AsyncIterable<T> {
    const response = await this.#open({ ...request, query: { ...request.query, watch: 'true' } });
    if ((response.statusCode ?? 0) >= 400)
      throw errorOfResponse(response, await this.#text(response), this.#address.url);
    let rest = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim() !== '') yield this.#json(line) as T;
      }
    } catch (thrown) {
      if (!this.#signal.aborted) throw unreachable(this.#address.url, thrown);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(request: ApiRequest, timeout?: number): Promise<IncomingMessage> {
    const { method = 'GET', path, query = {}, accept = 'application/json' } = request;
    const url = new URL(this.#address.url.pathname.replace(/\/$/, '') + path, this.#address.url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers = {
      accept,
      'user-agent': 'mallactl',
      ...(this.#address.token === undefined ? {} : { authorization: `Bearer ${this.#address.token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': payload.length }),
    };
    return new Promise((resolve, reject) => {
      const sent = https.request(
        url,
        { method, headers, agent: this.#agent, signal: this.#signal, ...(timeout === undefined ? {} : { timeout }) },
        resolve,
      );
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      sent.on('error', (error) =>
        reject(
          this.#signal.aborted ? new MallaError('unavailable', 'interrupted') : unreachable(this.#address.url, error),
        ),
      );
      sent.end(payload);
    });
  }

  async #text(response: IncomingMessage): Promise<string> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    } catch (thrown) {
      throw unreachable(this.#address.url, thrown);
    }
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (thrown) {
      throw new MallaError(
        'internal',
        `${this.#address.url.origin} answered with something that is not JSON; is it Malla's config API?`,
        { cause: thrown },
      );
    }
  }
}

function warningsOf(response: IncomingMessage): string[] {
  const header = response.headers['warning'] ?? '';
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    (text ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}
