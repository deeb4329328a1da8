import { CelDuration, CelTimestamp, type CelLookup } from '@malla/cel';
import type { logAttributes, LogAttributeValues } from '@malla/ir';
import type { TlsInfo } from '../runtime/connection.ts';
import { grpcStatusOf } from '../http/stream/grpc.ts';
import { endText } from './connection-operators.ts';
import { grpcStatusNumber, queryOf, requestField } from './http-operators.ts';
import type { HttpFacts, LogFacts } from './log-facts.ts';

type Attributes = typeof logAttributes;
type Read = (facts: LogFacts) => unknown;
/** One for each attribute; undefined where there is no value. */
type Readers<G extends keyof Attributes> = Readonly<Record<keyof Attributes[G], Read>>;

/** The attributes of an entry; each is worked out when an expression asks for it. */
export function attributesOf(facts: LogFacts): LogAttributeValues {
  return {
    request: group(facts, request),
    response: group(facts, response),
    source: group(facts, source),
    destination: group(facts, destination),
    connection: group(facts, connection),
    upstream: group(facts, upstream),
    xds: group(facts, xds),
  };
}

const http =
  (read: (http: HttpFacts) => unknown): Read =>
  (facts) =>
    facts.http === undefined ? undefined : read(facts.http);
const header = (name: string): Read => http((facts) => requestField(facts, name));

const request: Readers<'request'> = {
  path: header(':path'),
  url_path: http(({ path }) => path.split('?', 1)[0]),
  host: header(':authority'),
  scheme: header(':scheme'),
  method: header(':method'),
  headers: (facts) => lookup((name) => facts.http && requestField(facts.http, name)),
  referer: header('referer'),
  useragent: header('user-agent'),
  id: header('x-request-id'),
  protocol: http(({ protocol }) => protocol),
  query: http(({ path }) => queryOf(path) ?? ''),
  size: (facts) => lengthOf(facts.http) ?? facts.bytesReceived,
  time: ({ startedAt }) => new CelTimestamp(startedAt),
  duration: ({ durationMs }) => new CelDuration(Math.round(durationMs * 1e6)),
};

const response: Readers<'response'> = {
  code: http(({ status }) => (status === 0 ? undefined : status)),
  code_details: ({ responseCodeDetails }) => (responseCodeDetails === '' ? undefined : responseCodeDetails),
  // Source: Envoy's Grpc::Common::getGrpcStatus: what is no gRPC has the status that stands for its own.
  grpc_status: (facts) => grpcStatusNumber(facts) ?? (facts.http?.status ? grpcStatusOf(facts.http.status) : undefined),
  headers: (facts) => lookup((name) => (name === ':status' ? statusText(facts.http) : facts.http?.response?.get(name))),
  size: ({ bytesSent }) => bytesSent,
};

const source: Readers<'source'> = { address: ({ remote }) => endText(remote), port: ({ remote }) => remote.port };

const destination: Readers<'destination'> = {
  address: ({ connection: { local } }) => endText(local),
  port: ({ connection: { local } }) => local.port,
};

const connection: Readers<'connection'> = {
  mtls: ({ connection: { tls } }) => tls?.peer !== undefined,
  requested_server_name: ({ connection: { requestedServerName } }) => requestedServerName,
  ...certificates(({ connection: { tls } }) => tls),
};

const upstream: Readers<'upstream'> = {
  address: (facts) => endText(facts.upstream?.hostEnd),
  port: (facts) => facts.upstream?.hostEnd?.port,
  request_attempt_count: (facts) => facts.upstream?.attempts ?? 0,
  ...certificates((facts) => facts.upstream?.tls),
};

const xds: Readers<'xds'> = {
  cluster_name: (facts) => facts.upstream?.config?.name,
  route_name: ({ routeName }) => (routeName === '' ? undefined : routeName),
};

function certificates(tls: (facts: LogFacts) => TlsInfo | undefined) {
  return {
    tls_version: (facts: LogFacts) => tls(facts)?.version,
    subject_local_certificate: (facts: LogFacts) => tls(facts)?.localSubject,
    subject_peer_certificate: (facts: LogFacts) => subjectOf(tls(facts)),
    uri_san_local_certificate: (facts: LogFacts) => tls(facts)?.localUriSans?.[0],
    uri_san_peer_certificate: (facts: LogFacts) => tls(facts)?.peer?.uriSans[0],
  };
}

/** Empty where TLS showed no certificate. */
function subjectOf(tls: TlsInfo | undefined): string | undefined {
  return tls === undefined ? undefined : (tls.peer?.subject ?? '');
}

/** Names are in any case, as header names are. */
function lookup(read: (name: string) => string | undefined): CelLookup {
  return { lookup: (key) => read(key.toLowerCase()) };
}

function group(facts: LogFacts, readers: Readonly<Record<string, Read>>): CelLookup {
  return { lookup: (name) => readers[name]?.(facts) };
}

/** What the client said that its body is long, as Envoy prefers it. */
function lengthOf(facts: HttpFacts | undefined): number | undefined {
  const length = facts?.request.get('content-length');
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function statusText(facts: HttpFacts | undefined): string | undefined {
  return facts === undefined || facts.status === 0 ? undefined : String(facts.status);
}
