import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Logger } from 'pino';
import type { Authenticator } from '../access/authenticator.ts';
import type { Caller } from '../access/caller.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { statusOfError } from './api-status.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { auditedRequest, type AuditedCall } from './audit-request.ts';
import type { Query } from './list-options.ts';
import type { RestMetrics } from './rest-metrics.ts';

export interface RestHandlerParams {
  readonly authenticator: Authenticator;
  readonly audit: (call: AuditedCall) => void;
  readonly logger: Logger;
  readonly metrics: RestMetrics;
  readonly newId: () => string;
  /** Fires when the server closes: watches end. */
  readonly closing: AbortSignal;
}

/** What answers a request once its caller is known. */
export type Answer = (request: ApiRequest) => Promise<ApiResponse>;

/** The one way from HTTP to the API and back: authentication, errors, audit, metrics, headers, streams. */
export class RestHandler {
  readonly #params: RestHandlerParams;

  constructor(params: RestHandlerParams) {
    this.#params = params;
  }

  async handle(http: HttpRequest, reply: HttpReply, respond: Answer): Promise<void> {
    const began = performance.now();
    const changeId = this.#changeId(http);
    const path = http.url.split('?')[0] ?? '/';
    const watch = isWatch(http.query as Query, path);
    let caller: Caller | undefined;
    let outcome: { status: number; message: string | undefined; name?: string | undefined };
    reply.header('malla-change-id', changeId);
    try {
      const { authenticator } = this.#params;
      caller = await authenticator.authenticate(http.headers.authorization);
      caller = authenticator.impersonate(caller, http.headers);
      const signal = watch ? this.#endOf(reply) : this.#params.closing;
      const response = await respond(this.#apiRequest(http, { path, caller, changeId, signal }));
      outcome = { status: response.status, message: undefined, name: nameOf(response.body) };
      await this.#send(reply, response);
    } catch (thrown) {
      outcome = await this.#sendError(reply, thrown);
    }
    this.#params.metrics.observe({
      method: watch ? 'WATCH' : http.method,
      code: outcome.status,
      seconds: (performance.now() - began) / 1_000,
    });
    const { status: code, message, name } = outcome;
    const trail = auditedRequest({
      method: http.method,
      path,
      name,
      source: http.ip,
      caller: caller === undefined ? undefined : describeCaller(caller),
      code,
      message,
      changeId,
      watch,
    });
    if (trail !== undefined) this.#params.audit(trail);
  }

  /** A client may choose the id, to follow its change; it is shown in logs, so its form is narrow. */
  #changeId(http: HttpRequest): string {
    const sent = http.headers['malla-change-id'];
    return typeof sent === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(sent) ? sent : this.#params.newId();
  }

  #apiRequest(http: HttpRequest, known: Pick<ApiRequest, 'path' | 'caller' | 'changeId' | 'signal'>): ApiRequest {
    const { method, headers, query, body } = http;
    return {
      ...known,
      method,
      query: query as Query,
      contentType: headers['content-type'] ?? '',
      accept: headers.accept,
      userAgent: headers['user-agent'],
      body: body as Uint8Array | undefined,
    };
  }

  /** Fires when the client of a stream is gone, or the server closes. */
  #endOf(reply: HttpReply): AbortSignal {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, this.#params.closing]);
  }

  async #send(reply: HttpReply, { status, body, list, bytes, stream, warnings = [] }: ApiResponse): Promise<void> {
    if (warnings.length > 0) reply.header('warning', warnings.map(warningHeader));
    if (bytes !== undefined) reply.code(status).type(bytes.type).send(bytes.data);
    else if (list !== undefined) await writeStream(reply, status, listPieces(body as object, list));
    else if (stream === undefined) reply.code(status).type('application/json').send(JSON.stringify(body));
    else await writeStream(reply, status, jsonLines(stream));
  }

  async #sendError(reply: HttpReply, thrown: unknown): Promise<{ status: number; message: string }> {
    const error = MallaError.from(thrown);
    if (error.code === 'internal') this.#params.logger.error({ [logFields.error]: error }, 'Request failed');
    if (error.code === 'unavailable')
      this.#params.logger.warn({ [logFields.reason]: error.message }, 'Request could not be served');
    const status = statusOfError(error);
    if (!reply.raw.headersSent) {
      if (status.code === 401) reply.header('www-authenticate', 'Bearer realm="malla"');
      if (status.details?.retryAfterSeconds !== undefined)
        reply.header('retry-after', String(status.details.retryAfterSeconds));
      reply.code(status.code).type('application/json').send(JSON.stringify(status));
    } else reply.raw.end();
    return { status: status.code, message: status.message ?? '' };
  }
}

/** `vera`, or `vera (by admin)` where somebody acts as another. */
function describeCaller({ name, impersonatedBy }: Caller): string {
  return impersonatedBy === undefined ? name : `${name} (by ${impersonatedBy})`;
}

/** Name of the object in an answer: that of a creation is in no path. */
function nameOf(body: unknown): string | undefined {
  const name = (body as { metadata?: { name?: unknown } } | undefined)?.metadata?.name;
  return typeof name === 'string' ? name : undefined;
}

/** Such a request lasts until its client goes. */
function isWatch(query: Query, path: string): boolean {
  return query['watch'] !== undefined || /^\/apis?\/([^/]+\/)?[^/]+\/watch\//.test(path);
}

async function* jsonLines(documents: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const document of documents) yield `${JSON.stringify(document)}\n`;
}

/** As many objects are encoded in one turn of the event loop. */
const pieceSize = 200;

async function* listPieces(body: object, { field, values }: NonNullable<ApiResponse['list']>): AsyncIterable<string> {
  yield `${JSON.stringify(body).slice(0, -1)},"${field}":[`;
  for (let start = 0; start < values.length; start += pieceSize) {
    const piece = values.slice(start, start + pieceSize).map((value) => JSON.stringify(value));
    yield `${start === 0 ? '' : ','}${piece.join(',')}`;
    await nextTurn();
  }
  yield ']}\n';
}

/** Each piece is sent at once; waits while the client reads slower than we write. */
async function writeStream(reply: HttpReply, status: number, pieces: AsyncIterable<string>): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  raw.flushHeaders();
  for await (const piece of pieces) {
    if (raw.destroyed) break;
    if (!raw.write(piece)) await drained(raw);
  }
  raw.end();
}

/** Until there is room again, or nobody reads any more. */
async function drained(raw: HttpReply['raw']): Promise<void> {
  const decided = new AbortController();
  await Promise.race(['drain', 'close'].map((event) => once(raw, event, decided)));
  decided.abort();
}

/** https://www.rfc-editor.org/rfc/rfc7234#section-5.5, code 299 as Kubernetes sends it. */
function warningHeader(text: string): string {
  // Header values are printable ASCII; quotes and backslashes are escaped.
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&');
  return `299 - "${plain.slice(0, 1_000)}"`;
}
