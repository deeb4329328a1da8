import { grpcStatusNames } from '../http/stream/grpc.ts';
import type { HttpFacts, LogFacts, LogHeaders } from './log-facts.ts';
import { plain, textOr, type LogValue, type OperatorMaker } from './operator.ts';

/** Operators about an HTTP request and its response. */
export const httpOperators: Readonly<Record<string, OperatorMaker>> = {
  REQ: (argument) => header(argument, requestField),
  RESP: (argument) =>
    header(argument, (http, name) => (name === ':status' ? String(http.status) : http.response?.get(name))),
  TRAILER: (argument) => header(argument, (http, name) => http.trailers?.get(name)),
  PROTOCOL: plain(({ http }) => http?.protocol),
  RESPONSE_CODE: plain(({ http }) => http?.status ?? 0),
  RESPONSE_CODE_DETAILS: plain(({ responseCodeDetails }) => textOr(responseCodeDetails.replaceAll(' ', '_'))),
  GRPC_STATUS: (argument) => (facts) => {
    const number = grpcStatusNumber(facts);
    if (number === undefined || argument === 'NUMBER') return number;
    const name = grpcStatusNames[number];
    if (name === undefined) return number;
    return argument === 'SNAKE_STRING' ? snakeCase(name) : name;
  },
  GRPC_STATUS_NUMBER: plain(grpcStatusNumber),
  REQUEST_HEADERS_BYTES: plain(({ http }) => requestBytes(http)),
  RESPONSE_HEADERS_BYTES: plain(({ http }) => fieldBytes(http?.response)),
  RESPONSE_TRAILERS_BYTES: plain(({ http }) => fieldBytes(http?.trailers)),
  STREAM_ID: plain(({ http }) => http?.request.get('x-request-id')),
  TRACE_ID: plain(({ http }) => http?.trace?.traceId),
  SPAN_ID: plain(({ http }) => http?.trace?.spanId),
  PATH: (argument) => (facts) => pathOf(facts.http, argument),
  QUERY_PARAMS: plain(({ http }) => queryOf(http?.path)),
  LOCAL_REPLY_BODY: plain(() => undefined),
};

/** A request header, or one of HTTP/2's pseudo-headers, whatever the protocol; the name in lower case. */
export function requestField(http: HttpFacts, name: string): string | undefined {
  switch (name) {
    case ':method':
      return textOr(http.method);
    case ':path':
      return textOr(http.path);
    case ':authority':
    case 'host':
      return textOr(http.authority);
    case ':scheme':
      return textOr(http.scheme);
    default:
      return http.request.get(name);
  }
}

/** `X?Y`: Y when there is no X. */
function header(argument: string | undefined, read: (http: HttpFacts, name: string) => string | undefined) {
  if (argument === undefined || argument === '') return undefined;
  const [name, other] = argument.toLowerCase().split('?') as [string, string | undefined];
  return ({ http }: LogFacts): LogValue => {
    if (http === undefined) return undefined;
    return read(http, name) ?? (other === undefined ? undefined : read(http, other));
  };
}

/** gRPC's status from trailers, else from the head; only for gRPC. */
export function grpcStatusNumber({ http }: LogFacts): number | undefined {
  if (http === undefined) return undefined;
  const status = http.trailers?.get('grpc-status') ?? http.response?.get('grpc-status');
  return status === undefined || !/^\d+$/.test(status) ? undefined : Number(status);
}

function snakeCase(name: string): string {
  return name === 'OK' ? name : name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function fieldBytes(headers: LogHeaders | undefined): number {
  if (headers === undefined) return 0;
  let bytes = 0;
  for (let i = 0; i < headers.length; i++) {
    bytes += (headers.names[i] as string).length + (headers.values[i] as string).length;
  }
  return bytes;
}

function requestBytes(http: HttpFacts | undefined): number {
  if (http === undefined) return 0;
  const pseudo = [':method', ':path', ':authority', ':scheme', http.method, http.path, http.authority, http.scheme];
  return fieldBytes(http.request) + pseudo.reduce((bytes, text) => bytes + text.length, 0);
}

/** The query without its question mark; undefined without one. */
export function queryOf(path: string | undefined): string | undefined {
  const at = path?.indexOf('?') ?? -1;
  return at < 0 ? undefined : path?.slice(at + 1);
}

/** `WQ` with query (default), `NQ` without; then which path: `ORIG`, `PATH`, or the original one if there is any. */
function pathOf(http: HttpFacts | undefined, argument: string | undefined): string | undefined {
  if (http === undefined) return undefined;
  const [query = 'WQ', which = 'ORIG_OR_PATH'] = (argument ?? '').split(':').filter((part) => part !== '');
  const original = which === 'PATH' ? undefined : http.originalPath;
  const path = original ?? (which === 'ORIG' ? undefined : http.path);
  return query === 'NQ' ? path?.split('?', 1)[0] : path;
}
