import type { TlsInfo } from '../runtime/connection.ts';
import type { HttpRecord, LogRecord, TlsRecord, UpstreamRecord } from '../runtime/log-record.ts';
import { RecordFacts } from './record-facts.ts';
import type { HttpFacts, LogFacts, LogHeaders, TimingFacts, UpstreamFacts } from './log-facts.ts';

/** All facts as one record, for sinks that take everything. Made for every request: objects of one shape, without copies of fields. */
export function logRecord(facts: LogFacts): LogRecord {
  if (facts instanceof RecordFacts) return facts.record;
  const { connection, upstream, http, terminationDetails, timings } = facts;
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
      tls: connection.tls && tlsRecord(connection.tls),
    },
    upstream: upstream && upstreamRecord(upstream),
    routeName: facts.routeName,
    responseCodeDetails: facts.responseCodeDetails,
    connectionTerminationDetails: terminationDetails,
    bytesReceived: facts.bytesReceived,
    bytesSent: facts.bytesSent,
    http: http && httpRecord(http),
    timings: timings === undefined ? noTimings : timingsRecord(timings),
  };
}

const noTimings: LogRecord['timings'] = {};
const noFlags: readonly string[] = [];
const tlsRecords = new WeakMap<TlsInfo, TlsRecord>();

/** The same record for all entries of a connection. */
function tlsRecord(tls: TlsInfo): TlsRecord {
  const known = tlsRecords.get(tls);
  if (known !== undefined) return known;
  const { peer, ...facts } = tls;
  let made: TlsRecord = facts;
  if (peer !== undefined) {
    const { der: _der, ...rest } = peer;
    made = { ...facts, peer: rest };
  }
  tlsRecords.set(tls, made);
  return made;
}

function upstreamRecord(upstream: UpstreamFacts): UpstreamRecord {
  const { tls } = upstream;
  return {
    cluster: upstream.cluster,
    attempts: upstream.attempts,
    remote: upstream.hostEnd,
    local: upstream.local,
    transportFailure: upstream.transportFailure,
    tls: tls && tlsRecord(tls),
  };
}

function httpRecord(http: HttpFacts): HttpRecord {
  const { request } = http;
  return {
    protocol: http.protocol ?? 'HTTP/1.1',
    method: http.method,
    path: http.path,
    originalPath: http.originalPath,
    authority: http.authority,
    scheme: http.scheme,
    request,
    response: http.response,
    trailers: http.trailers,
    dynamicMetadata: http.dynamicMetadata,
    status: http.status,
    requestHeadersBytes: bytes(request),
    responseHeadersBytes: bytes(http.response),
  };
}

function bytes(headers: LogHeaders | undefined): number {
  if (headers === undefined) return 0;
  let sum = 0;
  for (let i = 0; i < headers.length; i++)
    sum += (headers.names[i] as string).length + (headers.values[i] as string).length;
  return sum;
}

function timingsRecord(timings: TimingFacts): LogRecord['timings'] {
  return {
    lastDownstreamRxMs: timings.lastDownstreamRxMs,
    firstUpstreamTxMs: timings.firstUpstreamTxMs,
    firstUpstreamRxMs: timings.firstUpstreamRxMs,
    lastUpstreamRxMs: timings.lastUpstreamRxMs,
    firstDownstreamTxMs: timings.firstDownstreamTxMs,
    lastDownstreamTxMs: timings.lastDownstreamTxMs,
  };
}
