import http, { type IncomingMessage, type ServerResponse } from 'node:http';

/** What a sample service answers: a status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers one path; `undefined` means 404. */
export type Handler = (request: IncomingMessage) => Promise<Answer | undefined>;

export interface SampleServiceParams {
  readonly name: string;
  readonly version: string;
  /** Address to listen at. Default: loopback, where only its own proxy reaches it. */
  readonly host?: string;
  readonly port: number;
  /** Answers every request with this status: a broken instance. */
  readonly failStatus?: number;
  readonly handler: Handler;
}

/** What every sample service tells about itself on `/stats`. */
export interface SampleStats {
  readonly name: string;
  readonly version: string;
  /** Requests of callers, without those of `/stats` and `/health`. */
  readonly requests: number;
}

/**
 * An ordinary HTTP service without a line about the mesh. Besides its own paths: `/health`, and `/stats` with the number of
 * requests that reached it, by which the demo sees what the mesh did.
 */
export function startSampleService(params: SampleServiceParams): Promise<http.Server> {
  let requests = 0;
  const server = http.createServer((request, response) => {
    if (request.url === '/health') return send(response, params, { status: 200, body: { status: 'ok' } });
    if (request.url === '/stats')
      return send(response, params, { status: 200, body: { name: params.name, version: params.version, requests } });
    requests += 1;
    if (params.failStatus !== undefined)
      return send(response, params, { status: params.failStatus, body: { error: 'this instance is broken' } });
    params.handler(request).then(
      (answer) => send(response, params, answer ?? { status: 404, body: { error: `no ${request.url}` } }),
      (error: unknown) => send(response, params, { status: 502, body: { error: String(error) } }),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(params.port, params.host ?? '127.0.0.1', () => resolve(server));
  });
}

/** The SPIFFE id of the caller, as the proxy tells it by `x-forwarded-client-cert`; undefined without mutual TLS. */
export function callerOf(request: IncomingMessage): string | undefined {
  const header = request.headers['x-forwarded-client-cert'];
  const text = Array.isArray(header) ? header.join(',') : header;
  return /URI=([^;,]+)/.exec(text ?? '')?.[1];
}

/** Headers that a service must pass on for header routing and tracing to reach the whole call tree. */
const propagated = [
  ...['end-user', 'x-request-id', 'traceparent', 'tracestate', 'b3'],
  ...['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
];

/** Calls another service on behalf of a request and reads its JSON. Resolves to the failure instead of rejecting. */
export async function callOn(request: IncomingMessage, url: string): Promise<Answer> {
  const headers: Record<string, string> = {};
  for (const name of propagated) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  } catch (error) {
    return { status: 0, body: { error: String(error) } };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer in plain text ("upstream connect error").
    return { error: text };
  }
}

function send(response: ServerResponse, { name, version }: SampleServiceParams, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-served-by': `${name}-${version}`,
  });
  response.end(text);
}
