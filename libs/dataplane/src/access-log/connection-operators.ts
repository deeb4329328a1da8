import { hostname } from 'node:os';
import type { PeerCertificate, SocketEnd, TlsInfo } from '../runtime/connection.ts';
import { urlEncodedPem } from '../http/headers/client-cert.ts';
import type { LogFacts } from './log-facts.ts';
import { plain, textOr, type LogValue, type OperatorMaker } from './operator.ts';
import { formatTime } from './time-operators.ts';

type Operators = Readonly<Record<string, OperatorMaker>>;

/** Operators about the client's connection. */
export const downstreamOperators: Operators = {
  ...addresses('DOWNSTREAM_REMOTE', ({ remote }) => remote),
  ...addresses('DOWNSTREAM_DIRECT_REMOTE', ({ connection }) => connection.remote),
  ...addresses('DOWNSTREAM_LOCAL', ({ connection }) => connection.local),
  ...addresses('DOWNSTREAM_DIRECT_LOCAL', ({ connection }) => connection.local),
  ...certificates('DOWNSTREAM', ({ connection }) => connection.tls),
  REQUESTED_SERVER_NAME: plain(({ connection }) => textOr(connection.requestedServerName)),
  CONNECTION_ID: plain(({ connection }) => connection.id),
  CONNECTION_TERMINATION_DETAILS: plain(({ terminationDetails }) => textOr(terminationDetails)),
  BYTES_RECEIVED: plain(({ bytesReceived }) => bytesReceived),
  BYTES_SENT: plain(({ bytesSent }) => bytesSent),
  RESPONSE_FLAGS: plain(({ flags }) => (flags === '' ? '-' : flags)),
  RESPONSE_FLAGS_LONG: plain(({ flags }) => (flags === '' ? '-' : longFlags(flags))),
  ROUTE_NAME: plain(({ routeName }) => textOr(routeName)),
  VIRTUAL_CLUSTER_NAME: plain(() => undefined),
  ACCESS_LOG_TYPE: plain(({ type }) => type),
  FILTER_CHAIN_NAME: plain(({ connection }) => textOr(connection.filterChain)),
  HOSTNAME: plain(() => hostname()),
  UNIQUE_ID: plain(() => crypto.randomUUID()),
};

/** Operators about the connection to a cluster's host. */
export const upstreamOperators: Operators = {
  ...addresses('UPSTREAM_REMOTE', ({ upstream }) => upstream?.remoteEnd),
  ...addresses('UPSTREAM_LOCAL', ({ upstream }) => upstream?.local),
  ...certificates('UPSTREAM', ({ upstream }) => upstream?.tls),
  UPSTREAM_HOST: plain(({ upstream }) => endText(upstream?.hostEnd)),
  UPSTREAM_CLUSTER: plain(({ upstream }) => textOr(upstream?.config?.statName ?? upstream?.cluster)),
  UPSTREAM_CLUSTER_RAW: plain(({ upstream }) => textOr(upstream?.cluster)),
  UPSTREAM_TRANSPORT_FAILURE_REASON: plain(({ upstream }) => textOr(upstream?.transportFailure.replaceAll(' ', '_'))),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: plain(({ upstream }) => upstream?.attempts ?? 0),
};

function addresses(prefix: string, end: (facts: LogFacts) => SocketEnd | undefined): Operators {
  return {
    [`${prefix}_ADDRESS`]: plain((facts) => endText(end(facts))),
    [`${prefix}_ADDRESS_WITHOUT_PORT`]: plain((facts) => end(facts)?.address),
    [`${prefix}_PORT`]: plain((facts) => end(facts)?.port),
  };
}

export function endText(end: SocketEnd | undefined): string | undefined {
  if (end === undefined) return undefined;
  if (end.address.startsWith('/') || end.address.startsWith('@')) return end.address;
  return end.address.includes(':') ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`;
}

function certificates(prefix: string, tls: (facts: LogFacts) => TlsInfo | undefined): Operators {
  const peer = (read: (peer: PeerCertificate) => LogValue): OperatorMaker =>
    plain((facts) => {
      const certificate = tls(facts)?.peer;
      return certificate === undefined ? undefined : read(certificate);
    });
  const time = (read: (peer: PeerCertificate) => number): OperatorMaker => {
    return (argument) => {
      const format = formatTime(argument);
      return (facts) => {
        const certificate = tls(facts)?.peer;
        return certificate === undefined ? undefined : format(read(certificate));
      };
    };
  };
  return {
    [`${prefix}_TLS_VERSION`]: plain((facts) => textOr(tls(facts)?.version)),
    [`${prefix}_TLS_CIPHER`]: plain((facts) => textOr(tls(facts)?.cipher)),
    [`${prefix}_LOCAL_URI_SAN`]: plain((facts) => list(tls(facts)?.localUriSans)),
    [`${prefix}_LOCAL_SUBJECT`]: plain((facts) => textOr(tls(facts)?.localSubject)),
    [`${prefix}_PEER_URI_SAN`]: peer(({ uriSans }) => list(uriSans)),
    [`${prefix}_PEER_DNS_SAN`]: peer(({ dnsSans }) => list(dnsSans)),
    [`${prefix}_PEER_SUBJECT`]: peer(({ subject }) => textOr(subject)),
    [`${prefix}_PEER_ISSUER`]: peer(({ issuer }) => textOr(issuer)),
    [`${prefix}_PEER_SERIAL`]: peer(({ serialNumber }) => textOr(serialNumber)),
    [`${prefix}_PEER_FINGERPRINT_256`]: peer(({ sha256 }) => textOr(sha256)),
    [`${prefix}_PEER_CERT`]: peer(({ der }) => (der === undefined ? undefined : urlEncodedPem(der))),
    [`${prefix}_PEER_CERT_V_START`]: time(({ validFrom }) => validFrom),
    [`${prefix}_PEER_CERT_V_END`]: time(({ validTo }) => validTo),
  };
}

function list(names: readonly string[] | undefined): string | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return names.length === 1 ? names[0] : names.join(',');
}

const longNames: Readonly<Record<string, string>> = {
  LH: 'FailedLocalHealthCheck',
  UH: 'NoHealthyUpstream',
  UT: 'UpstreamRequestTimeout',
  LR: 'LocalReset',
  UR: 'UpstreamRemoteReset',
  UF: 'UpstreamConnectionFailure',
  UC: 'UpstreamConnectionTermination',
  UO: 'UpstreamOverflow',
  NR: 'NoRouteFound',
  DI: 'DelayInjected',
  FI: 'FaultInjected',
  RL: 'RateLimited',
  UAEX: 'UnauthorizedExternalService',
  RLSE: 'RateLimitServiceError',
  DC: 'DownstreamConnectionTermination',
  URX: 'UpstreamRetryLimitExceeded',
  SI: 'StreamIdleTimeout',
  IH: 'InvalidEnvoyRequestHeaders',
  DPE: 'DownstreamProtocolError',
  UMSDR: 'UpstreamMaxStreamDurationReached',
  DT: 'DurationTimeout',
  UPE: 'UpstreamProtocolError',
  NC: 'NoClusterFound',
};

function longFlags(flags: string): string {
  return flags
    .split(',')
    .map((flag) => longNames[flag] ?? flag)
    .join(',');
}
