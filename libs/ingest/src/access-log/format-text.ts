/**
 * Commands of Envoy 1.40's format strings that loggers here know; the rest is refused, as Envoy refuses what it does not know.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage
 */
export const logCommands: readonly string[] = [
  'START_TIME',
  'EMIT_TIME',
  'REQ',
  'REQUEST_HEADER',
  'RESP',
  'RESPONSE_HEADER',
  'TRAILER',
  'RESPONSE_TRAILER',
  'PROTOCOL',
  'RESPONSE_CODE',
  'RESPONSE_CODE_DETAILS',
  'RESPONSE_FLAGS',
  'RESPONSE_FLAGS_LONG',
  'CONNECTION_TERMINATION_DETAILS',
  'GRPC_STATUS',
  'GRPC_STATUS_NUMBER',
  'BYTES_RECEIVED',
  'BYTES_SENT',
  'REQUEST_HEADERS_BYTES',
  'RESPONSE_HEADERS_BYTES',
  'DURATION',
  'REQUEST_DURATION',
  'RESPONSE_DURATION',
  'RESPONSE_TX_DURATION',
  'REQUEST_TX_DURATION',
  'ROUTE_NAME',
  'VIRTUAL_CLUSTER_NAME',
  'ACCESS_LOG_TYPE',
  'HOSTNAME',
  'CONNECTION_ID',
  'STREAM_ID',
  'UPSTREAM_CLUSTER',
  'UPSTREAM_CLUSTER_RAW',
  'UPSTREAM_HOST',
  'UPSTREAM_HOST_NAME',
  'UPSTREAM_REMOTE_ADDRESS',
  'UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'UPSTREAM_REMOTE_PORT',
  'UPSTREAM_LOCAL_ADDRESS',
  'UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
  'UPSTREAM_LOCAL_PORT',
  'UPSTREAM_TRANSPORT_FAILURE_REASON',
  'UPSTREAM_REQUEST_ATTEMPT_COUNT',
  'UPSTREAM_METADATA',
  'CLUSTER_METADATA',
  'METADATA',
  'UPSTREAM_TLS_VERSION',
  'UPSTREAM_TLS_CIPHER',
  'UPSTREAM_PEER_URI_SAN',
  'UPSTREAM_PEER_DNS_SAN',
  'UPSTREAM_PEER_SUBJECT',
  'UPSTREAM_PEER_ISSUER',
  'UPSTREAM_LOCAL_URI_SAN',
  'UPSTREAM_LOCAL_SUBJECT',
  'DOWNSTREAM_REMOTE_ADDRESS',
  'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_REMOTE_PORT',
  'DOWNSTREAM_DIRECT_REMOTE_ADDRESS',
  'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_DIRECT_REMOTE_PORT',
  'DOWNSTREAM_LOCAL_ADDRESS',
  'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_LOCAL_PORT',
  'DOWNSTREAM_TLS_VERSION',
  'DOWNSTREAM_TLS_CIPHER',
  'DOWNSTREAM_PEER_URI_SAN',
  'DOWNSTREAM_PEER_DNS_SAN',
  'DOWNSTREAM_PEER_SUBJECT',
  'DOWNSTREAM_PEER_ISSUER',
  'DOWNSTREAM_PEER_SERIAL',
  'DOWNSTREAM_PEER_FINGERPRINT_256',
  'DOWNSTREAM_PEER_CERT_V_START',
  'DOWNSTREAM_PEER_CERT_V_END',
  'DOWNSTREAM_LOCAL_URI_SAN',
  'DOWNSTREAM_LOCAL_SUBJECT',
  'REQUESTED_SERVER_NAME',
  'FILTER_CHAIN_NAME',
];

const known: ReadonlySet<string> = new Set(logCommands);

/** `%NAME%`, `%NAME(argument)%`, `%NAME(argument):length%`; the argument may hold anything but a closing parenthesis. */
const command = /%(?:%|([A-Z0-9_]+)(?:\(([^)]*)\))?(?::(\d+))?%)/y;

/** Finds the first fault of a format string. */
export function checkFormat(format: string, tell: (problem: string) => void): void {
  let at = format.indexOf('%');
  while (at >= 0) {
    command.lastIndex = at;
    const match = command.exec(format);
    if (!match) {
      tell(`has no valid command at ${JSON.stringify(format.slice(at, at + 40))}`);
      return;
    }
    const name = match[1];
    if (name !== undefined && !known.has(name)) {
      tell(`command ${name} is not supported`);
      return;
    }
    at = format.indexOf('%', command.lastIndex);
  }
}
