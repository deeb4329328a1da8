import type { TlsInfo } from '../runtime/connection.ts';
import type { LogRecord } from '../runtime/log-record.ts';
import { RecordFacts } from './record-facts.ts';
import type { HttpFacts, LogFacts, LogHeaders, TimingFacts, UpstreamFacts } from './log-facts.ts';

/** All facts as one record, for sinks that take everything. */
export function logRecord(facts: LogFacts): LogRecord {
  if (facts instanceof RecordFacts) return facts.record;
  const { connection, upstream, http, terminationDetails } = facts;
  return {
    type: facts.type,
    startedAt: facts.startedAt,
    durationMs: facts.durationMs,
    flags: facts.flags === '' ? noFlags : facts.flags.split(','),
    downstream: {
      remote: facts.remote,
      directRemote: connection.remote,
      local: connection.local,
      connectionId: connection.id,
      requestedServerName: connection.requestedServerName,
      ...(connection.tls && { tls: tlsRecord(connection.tls) }),
    },
    ...(upstream && { upstream: upstreamRecord(upstream) }),
    routeName: facts.routeName,
    responseCodeDetails: facts.responseCodeDetails,
    ...(terminationDetails !== '' && { connectionTerminationDetails: terminationDetails }),
    bytesReceived: facts.bytesReceived,
    bytesSent: facts.bytesSent,
    ...(http && { http: httpRecord(http) }),
    timings: facts.timings === undefined ? {} : timingsRecord(facts.timings),
  };
}

const noFlags: readonly string[] = [];
const tlsRecords = new WeakMap<TlsInfo, NonNullable<LogRecord['downstream']['tls']>>();

/** The same record for all entries of a connection. */
function tlsRecord(tls: TlsInfo): NonNullable<LogRecord['downstream']['tls']> {
  const known = tlsRecords.get(tls);
  if (known !== undefined) return known;
  const { peer, ...facts } = tls;
  let made: NonNullable<LogRecord['downstream']['tls']> = facts;
  if (peer !== undefined) {
    const { der: _der, ...rest } = peer;
    made = { ...facts, peer: rest };
  }
  tlsRecords.set(tls, made);
  return made;
}

function upstreamRecord(upstream: UpstreamFacts): NonNullable<LogRecord['upstream']> {
  const { cluster, hostEnd, local, tls, transportFailure, attempts } = upstream;
  return {
    cluster,
    attempts,
    ...(hostEnd && { remote: hostEnd }),
    ...(local && { local }),
    ...(transportFailure !== '' && { transportFailure }),
    ...(tls && { tls: tlsRecord(tls) }),
  };
}

function httpRecord(http: HttpFacts): NonNullable<LogRecord['http']> {
  const { method, path, originalPath, authority, scheme, status } = http;
  return {
    protocol: http.protocol ?? 'HTTP/1.1',
    method,
    path,
    ...(originalPath !== undefined && { originalPath }),
    authority,
    scheme,
    requestHeaders: pairs(http.request),
    status,
    responseHeaders: pairs(http.response),
    responseTrailers: pairs(http.trailers),
    requestHeadersBytes: bytes(http.request),
    responseHeadersBytes: bytes(http.response),
  };
}

function pairs(headers: LogHeaders | undefined): readonly (readonly [string, string])[] {
  if (headers === undefined || headers.length === 0) return noPairs;
  return headers.names.map((name, index) => [name, headers.values[index] as string] as const);
}

const noPairs: readonly (readonly [string, string])[] = [];

function bytes(headers: LogHeaders | undefined): number {
  if (headers === undefined) return 0;
  let sum = 0;
  for (let i = 0; i < headers.length; i++)
    sum += (headers.names[i] as string).length + (headers.values[i] as string).length;
  return sum;
}

function timingsRecord(timings: TimingFacts): LogRecord['timings'] {
  const record: { -readonly [K in keyof LogRecord['timings']]: number } = {};
  for (const [key, value] of Object.entries(timings)) {
    if (typeof value === 'number') record[key as keyof TimingFacts] = value;
  }
  return record;
}
