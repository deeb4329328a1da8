import { logExpressionProblem } from './log-expression.ts';

/** Commands without an argument and a length. */
const plain = [
  ...['PROTOCOL', 'RESPONSE_CODE', 'RESPONSE_CODE_DETAILS', 'CONNECTION_TERMINATION_DETAILS', 'GRPC_STATUS_NUMBER'],
  ...['BYTES_RECEIVED', 'BYTES_SENT', 'REQUEST_HEADERS_BYTES', 'RESPONSE_HEADERS_BYTES', 'RESPONSE_TRAILERS_BYTES'],
  ...['DURATION', 'REQUEST_DURATION', 'RESPONSE_DURATION', 'RESPONSE_TX_DURATION', 'REQUEST_TX_DURATION'],
  ...['RESPONSE_FLAGS', 'RESPONSE_FLAGS_LONG', 'ROUTE_NAME', 'VIRTUAL_CLUSTER_NAME', 'ACCESS_LOG_TYPE', 'HOSTNAME'],
  ...['CONNECTION_ID', 'STREAM_ID', 'UNIQUE_ID', 'REQUESTED_SERVER_NAME', 'FILTER_CHAIN_NAME'],
  ...['UPSTREAM_CLUSTER', 'UPSTREAM_CLUSTER_RAW', 'UPSTREAM_HOST', 'UPSTREAM_TRANSPORT_FAILURE_REASON'],
  ...['UPSTREAM_REQUEST_ATTEMPT_COUNT', 'UPSTREAM_REMOTE_ADDRESS', 'UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT'],
  ...['UPSTREAM_REMOTE_PORT', 'UPSTREAM_LOCAL_ADDRESS', 'UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT', 'UPSTREAM_LOCAL_PORT'],
  ...['UPSTREAM_TLS_VERSION', 'UPSTREAM_TLS_CIPHER', 'UPSTREAM_PEER_URI_SAN', 'UPSTREAM_PEER_DNS_SAN'],
  ...['UPSTREAM_PEER_SUBJECT', 'UPSTREAM_PEER_ISSUER', 'UPSTREAM_LOCAL_URI_SAN'],
  ...['DOWNSTREAM_REMOTE_ADDRESS', 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', 'DOWNSTREAM_REMOTE_PORT'],
  ...['DOWNSTREAM_DIRECT_REMOTE_ADDRESS', 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT'],
  ...['DOWNSTREAM_DIRECT_REMOTE_PORT', 'DOWNSTREAM_LOCAL_ADDRESS', 'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT'],
  ...['DOWNSTREAM_LOCAL_PORT', 'DOWNSTREAM_TLS_VERSION', 'DOWNSTREAM_TLS_CIPHER', 'DOWNSTREAM_PEER_URI_SAN'],
  ...['DOWNSTREAM_PEER_DNS_SAN', 'DOWNSTREAM_PEER_SUBJECT', 'DOWNSTREAM_PEER_ISSUER', 'DOWNSTREAM_PEER_SERIAL'],
  ...['DOWNSTREAM_PEER_FINGERPRINT_256', 'DOWNSTREAM_LOCAL_URI_SAN', 'DOWNSTREAM_LOCAL_SUBJECT'],
  ...['TRACE_ID', 'SPAN_ID', 'GRPC_STATUS', 'START_TIME', 'EMIT_TIME'],
];

/** Commands that name a header, and perhaps another in its absence, with or without a length. */
const headers = ['REQ', 'RESP', 'TRAILER'];

/** One of each command that formats may have; every proxy must know them. */
export const logCommands: readonly string[] = [
  ...plain.map((name) => `%${name}%`),
  ...headers.map((name) => `%${name}(X-A?X-B):5%`),
  "%CEL(request.headers['x-a'])%",
  '%CEL((response.code)):5%',
];

const knownPlain: ReadonlySet<string> = new Set(plain);
const knownHeaders: ReadonlySet<string> = new Set(headers);

/** An expression may hold closing parentheses, as Envoy's own parser reads it: it ends where `)%` or `):5%` comes first. */
const command = /%(?:%|([A-Z0-9_]+)(?:\(((?<=%CEL\().*?|[^)%]*)\))?(?::(\d{1,6}))?%)/y;
const headerArgument = /^:?[A-Za-z0-9_-]+(\?:?[A-Za-z0-9_-]+)?$/;
const timeArgument = /^[A-Za-z0-9 :.,/+_-]*$/;

/**
 * What both data planes cannot write of a format string of access logs or tags; undefined if they can. Only commands that every proxy has: a proxy
 * refuses a whole listener for a command that it does not know.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage
 */
export function logFormatProblem(format: string): string | undefined {
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', command.lastIndex)) {
    command.lastIndex = at;
    const match = command.exec(format);
    if (match === null) return `has no command at ${JSON.stringify(format.slice(at, at + 20))}`;
    const [, name, argument, length] = match;
    if (name !== undefined && !isKnown(name, argument, length)) return `has ${match[0]}, which is not enforced yet`;
  }
  return undefined;
}

function isKnown(name: string, argument: string | undefined, length: string | undefined): boolean {
  if (name === 'CEL') return argument !== undefined && logExpressionProblem(argument, 'label') === undefined;
  if (knownHeaders.has(name)) return argument !== undefined && headerArgument.test(argument);
  if (!knownPlain.has(name) || length !== undefined) return false;
  if (argument === undefined) return true;
  // How times are written; strftime's commands would need percent signs, which end a command.
  return (name === 'START_TIME' || name === 'EMIT_TIME') && timeArgument.test(argument) && argument !== '';
}
