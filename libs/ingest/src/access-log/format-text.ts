import { logExpressionProblem, type LogExpressionUse } from '@malla/ir';

/** What stands in the brackets of a command: nothing (and no length either), something that may be left out, or something that must be there. */
type Argument = 'none' | 'any' | 'time' | 'header' | 'path' | 'source:path' | 'filter-state' | 'expression';

const groups: Readonly<Record<Argument, readonly string[]>> = {
  none: [
    ...['PROTOCOL', 'RESPONSE_CODE', 'RESPONSE_CODE_DETAILS', 'CONNECTION_TERMINATION_DETAILS', 'GRPC_STATUS_NUMBER'],
    ...['BYTES_RECEIVED', 'BYTES_SENT', 'REQUEST_HEADERS_BYTES', 'RESPONSE_HEADERS_BYTES', 'RESPONSE_TRAILERS_BYTES'],
    ...['DURATION', 'REQUEST_DURATION', 'RESPONSE_DURATION', 'RESPONSE_TX_DURATION', 'REQUEST_TX_DURATION'],
    ...['RESPONSE_FLAGS', 'RESPONSE_FLAGS_LONG', 'ROUTE_NAME', 'VIRTUAL_CLUSTER_NAME', 'ACCESS_LOG_TYPE', 'HOSTNAME'],
    ...['CONNECTION_ID', 'STREAM_ID', 'UNIQUE_ID', 'REQUESTED_SERVER_NAME', 'FILTER_CHAIN_NAME', 'QUERY_PARAMS'],
    ...['UPSTREAM_CLUSTER', 'UPSTREAM_CLUSTER_RAW', 'UPSTREAM_HOST', 'UPSTREAM_TRANSPORT_FAILURE_REASON'],
    ...['UPSTREAM_REQUEST_ATTEMPT_COUNT', 'UPSTREAM_REMOTE_ADDRESS', 'UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT'],
    ...['UPSTREAM_REMOTE_PORT', 'UPSTREAM_LOCAL_ADDRESS', 'UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT', 'UPSTREAM_LOCAL_PORT'],
    ...['UPSTREAM_TLS_VERSION', 'UPSTREAM_TLS_CIPHER', 'UPSTREAM_PEER_URI_SAN', 'UPSTREAM_PEER_DNS_SAN'],
    ...['UPSTREAM_PEER_SUBJECT', 'UPSTREAM_PEER_ISSUER', 'UPSTREAM_PEER_CERT', 'UPSTREAM_LOCAL_URI_SAN'],
    ...['UPSTREAM_LOCAL_SUBJECT', 'DOWNSTREAM_REMOTE_ADDRESS', 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT'],
    ...['DOWNSTREAM_REMOTE_PORT', 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS', 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT'],
    ...['DOWNSTREAM_DIRECT_REMOTE_PORT', 'DOWNSTREAM_LOCAL_ADDRESS', 'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT'],
    ...['DOWNSTREAM_LOCAL_PORT', 'DOWNSTREAM_DIRECT_LOCAL_ADDRESS', 'DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT'],
    ...['DOWNSTREAM_DIRECT_LOCAL_PORT', 'DOWNSTREAM_TLS_VERSION', 'DOWNSTREAM_TLS_CIPHER', 'DOWNSTREAM_PEER_URI_SAN'],
    ...['DOWNSTREAM_PEER_DNS_SAN', 'DOWNSTREAM_PEER_SUBJECT', 'DOWNSTREAM_PEER_ISSUER', 'DOWNSTREAM_PEER_SERIAL'],
    ...['DOWNSTREAM_PEER_FINGERPRINT_256', 'DOWNSTREAM_PEER_CERT', 'DOWNSTREAM_LOCAL_URI_SAN'],
    'DOWNSTREAM_LOCAL_SUBJECT',
  ],
  any: ['TRACE_ID', 'SPAN_ID', 'GRPC_STATUS', 'PATH'],
  time: ['START_TIME', 'EMIT_TIME', 'DOWNSTREAM_PEER_CERT_V_START', 'DOWNSTREAM_PEER_CERT_V_END'],
  header: ['REQ', 'RESP', 'TRAILER', 'REQUEST_HEADER', 'RESPONSE_HEADER', 'RESPONSE_TRAILER'],
  path: ['UPSTREAM_METADATA', 'CLUSTER_METADATA', 'DYNAMIC_METADATA', 'COMMON_DURATION'],
  'source:path': ['METADATA'],
  'filter-state': ['FILTER_STATE'],
  expression: ['CEL'],
};

/**
 * Commands of Envoy 1.40's format strings that loggers here know; the rest is refused, as Envoy refuses what it does not know.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage
 */
const commands: ReadonlyMap<string, Argument> = new Map(
  (Object.keys(groups) as Argument[]).flatMap((argument) => groups[argument].map((name) => [name, argument] as const)),
);

/** Newer names of commands, and those that loggers here know them by. */
const olderNames: Readonly<Record<string, string>> = {
  REQUEST_HEADER: 'REQ',
  RESPONSE_HEADER: 'RESP',
  RESPONSE_TRAILER: 'TRAILER',
};

/** Messages of a gRPC call, as `requests,responses`. */
const knownFilterState = ['envoy.filters.http.grpc_stats:PLAIN'];
const grpcForms = ['CAMEL_STRING', 'SNAKE_STRING', 'NUMBER'];
const pathForms = /^(WQ|NQ)?(:(ORIG|PATH|ORIG_OR_PATH)?)?$/;

/**
 * `%NAME%`, `%NAME(argument)%`, `%NAME(argument):length%`; the argument may hold anything but a closing parenthesis. An expression may hold those too,
 * as Envoy reads it: it ends where `)%` or `):5%` comes first.
 */
const command = /%(?:%|([A-Z0-9_]+)(?:\(((?<=%CEL\().*?|[^)]*)\))?(?::(\d+))?%)/y;

/** A format string in the words that loggers know; its first fault is told. */
export function readFormat(format: string, tell: (problem: string) => void): string {
  let read = '';
  let end = 0;
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', end)) {
    command.lastIndex = at;
    const match = command.exec(format);
    const [text, name, argument, length] = match ?? [''];
    const problem = match
      ? name && problemOf(name, argument, length)
      : `has no valid command at ${JSON.stringify(format.slice(at, at + 40))}`;
    if (problem) {
      tell(problem);
      return format;
    }
    const older = name && olderNames[name];
    read += format.slice(end, at) + (older ? text.replace(name, older) : text);
    end = at + text.length;
  }
  return read + format.slice(end);
}

/** What is wrong with an expression in CEL, in words that say where. */
export function expressionProblem(text: string, use: LogExpressionUse): string | undefined {
  const problem = logExpressionProblem(text, use);
  return problem === undefined ? undefined : `${JSON.stringify(text)} is not supported: ${problem}`;
}

function problemOf(name: string, argument: string | undefined, length: string | undefined): string | undefined {
  switch (commands.get(name)) {
    case undefined:
      return `command ${name} is not supported`;
    case 'none':
      return argument !== undefined || length !== undefined
        ? `command ${name} takes no argument and no length`
        : undefined;
    case 'header': {
      if (!argument) return `command ${name} needs a header`;
      return argument.split('?').length > 2 ? `command ${name} takes one alternative header at most` : undefined;
    }
    case 'path':
      return argument ? undefined : `command ${name} needs an argument`;
    case 'source:path':
      return /^(CLUSTER|UPSTREAM_HOST|ROUTE):./.test(argument ?? '')
        ? undefined
        : `${argument} is no metadata that is known`;
    case 'filter-state':
      return knownFilterState.includes(argument ?? '') ? undefined : `${argument} is no filter state that is known`;
    case 'any':
      if (name === 'GRPC_STATUS' && argument && !grpcForms.includes(argument))
        return `${argument} is no form of a status`;
      return name === 'PATH' && !pathForms.test(argument ?? '') ? `${argument} is no form of a path` : undefined;
    case 'expression':
      return expressionProblem(argument ?? '', 'label');
    case 'time':
      return undefined;
  }
}
