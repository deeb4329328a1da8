import type { LoggedHeaders, Metadata } from '@malla/proxy-config';
import type { SocketEnd } from '../runtime/connection.ts';
import type { HttpRecord, LogRecord, RecordedFields, TlsRecord } from '../runtime/log-record.ts';
import type { ProtoWriter } from './proto-writer.ts';

/**
 * Writes a record as one `log_entry` (field 1) of HTTPAccessLogEntries or TCPAccessLogEntries. By hand, because a worker loads no protobuf code and
 * this runs for every request; a spec reads it back with the generated code.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/data/accesslog/v3/accesslog.proto
 */
export function writeLogEntry(writer: ProtoWriter, record: LogRecord, headers: LoggedHeaders): void {
  const entry = writer.begin(1);
  const common = writer.begin(1);
  writeCommon(writer, record);
  writer.end(common);
  const { http } = record;
  if (http === undefined) {
    const connection = writer.begin(2);
    writer.uint(1, record.bytesReceived);
    writer.uint(2, record.bytesSent);
    writer.end(connection);
  } else {
    writer.uint(2, versions[http.protocol]);
    writeRequest(writer, record, http, headers.request);
    writeResponse(writer, record, http, headers);
  }
  writer.end(entry);
}

const versions = { 'HTTP/1.0': 1, 'HTTP/1.1': 2, 'HTTP/2': 3 } as const;
const logTypes = { NotSet: 0, TcpUpstreamConnected: 1, TcpConnectionEnd: 3, DownstreamEnd: 6 } as const;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

/** Field numbers of ResponseFlags by Envoy's short names; UAEX is a message of its own. */
const flagFields: Readonly<Record<string, number>> = {
  LH: 1,
  UH: 2,
  UT: 3,
  LR: 4,
  UR: 5,
  UF: 6,
  UC: 7,
  UO: 8,
  NR: 9,
  DI: 10,
  FI: 11,
  RL: 12,
  RLSE: 14,
  DC: 15,
  URX: 16,
  SI: 17,
  IH: 18,
  DPE: 19,
  UMSDR: 20,
  RFCF: 21,
  NFCF: 22,
  DT: 23,
  UPE: 24,
  NC: 25,
  OM: 26,
  DF: 27,
  DR: 28,
};
const unauthorizedField = 13;

function writeCommon(writer: ProtoWriter, record: LogRecord): void {
  const { downstream, upstream, timings } = record;
  writeAddress(writer, 2, downstream.remote);
  writeAddress(writer, 3, downstream.local);
  if (downstream.tls !== undefined) writeTls(writer, downstream.tls, downstream.requestedServerName);
  writer.duration(5, record.startedAt);
  writer.duration(6, timings.lastDownstreamRxMs);
  writer.duration(7, timings.firstUpstreamTxMs);
  writer.duration(8, timings.lastUpstreamTxMs);
  writer.duration(9, timings.firstUpstreamRxMs);
  writer.duration(10, timings.lastUpstreamRxMs);
  writer.duration(11, timings.firstDownstreamTxMs);
  writer.duration(12, timings.lastDownstreamTxMs);
  if (upstream?.remote !== undefined) writeAddress(writer, 13, upstream.remote);
  if (upstream?.local !== undefined) writeAddress(writer, 14, upstream.local);
  writer.text(15, upstream?.cluster);
  writeFlags(writer, record.flags);
  writeMetadata(writer, record.http?.dynamicMetadata);
  writer.text(18, upstream?.transportFailure);
  writer.text(19, record.routeName);
  writeAddress(writer, 20, downstream.directRemote);
  writer.duration(23, record.durationMs);
  writer.uint(24, upstream?.attempts ?? 0);
  writer.text(25, record.connectionTerminationDetails);
  writer.uint(33, logTypes[record.type]);
}

/** `filter_metadata`, of which filters here write texts alone. */
function writeMetadata(writer: ProtoWriter, metadata: Metadata | undefined): void {
  if (metadata === undefined) return;
  const whole = writer.begin(17);
  for (const [namespace, fields] of Object.entries(metadata)) {
    const entry = writer.begin(1);
    writer.text(1, namespace);
    const struct = writer.begin(2);
    for (const [key, value] of Object.entries(fields)) {
      if (typeof value !== 'string') continue;
      const field = writer.begin(1);
      writer.text(1, key);
      const wrapped = writer.begin(2);
      writer.text(3, value);
      writer.end(wrapped);
      writer.end(field);
    }
    writer.end(struct);
    writer.end(entry);
  }
  writer.end(whole);
}

function writeFlags(writer: ProtoWriter, flags: readonly string[]): void {
  const at = writer.begin(16);
  for (const flag of flags) {
    if (flag === 'UAEX') {
      const details = writer.begin(unauthorizedField);
      writer.uint(1, 1);
      writer.end(details);
    } else {
      writer.bool(flagFields[flag] ?? 0, flagFields[flag] !== undefined);
    }
  }
  writer.end(at);
}

function writeAddress(writer: ProtoWriter, field: number, { address, port }: SocketEnd): void {
  const whole = writer.begin(field);
  if (port === 0 && address.startsWith('/')) {
    const pipe = writer.begin(2);
    writer.text(1, address);
    writer.end(pipe);
  } else {
    const socket = writer.begin(1);
    writer.text(2, address);
    writer.uint(3, port);
    writer.end(socket);
  }
  writer.end(whole);
}

const tlsVersions: Readonly<Record<string, number>> = { TLSv1: 1, 'TLSv1.1': 2, 'TLSv1.2': 3, 'TLSv1.3': 4 };

/** TLS of connections as it was written first: it is the same for all their entries. */
const writtenTls = new WeakMap<TlsRecord, Uint8Array>();

function writeTls(writer: ProtoWriter, tls: TlsRecord, requestedServerName: string): void {
  const known = writtenTls.get(tls);
  if (known !== undefined) return writer.raw(known);
  const start = writer.length;
  const at = writer.begin(4);
  writer.uint(1, tlsVersions[tls.version] ?? 0);
  writer.text(3, requestedServerName);
  writeCertificate(writer, 4, tls.localUriSans, tls.localSubject);
  if (tls.peer !== undefined) writeCertificate(writer, 5, tls.peer.uriSans, tls.peer.subject, tls.peer.issuer);
  writer.end(at);
  writtenTls.set(tls, writer.copyFrom(start));
}

function writeCertificate(
  writer: ProtoWriter,
  field: number,
  uris: readonly string[],
  subject: string,
  issuer = '',
): void {
  const at = writer.begin(field);
  for (const uri of uris) {
    const name = writer.begin(1);
    writer.text(1, uri);
    writer.end(name);
  }
  writer.text(2, subject);
  writer.text(3, issuer);
  writer.end(at);
}

function writeRequest(writer: ProtoWriter, record: LogRecord, http: HttpRecord, logged: readonly string[]): void {
  const at = writer.begin(3);
  writer.uint(1, methods.indexOf(http.method) + 1);
  writer.text(2, http.scheme);
  writer.text(3, http.authority);
  writer.text(5, http.originalPath ?? http.path);
  const { names, values } = http.request;
  for (let i = 0; i < names.length; i++) {
    const field = requestFields.get(names[i] as string);
    if (field !== undefined) writer.text(field, values[i]);
  }
  writer.uint(11, http.requestHeadersBytes);
  writer.uint(12, record.bytesReceived);
  writeFields(writer, 13, http.request, logged);
  writer.end(at);
}

/** Headers that have a field of their own. */
const requestFields: ReadonlyMap<string, number> = new Map([
  ['user-agent', 6],
  ['referer', 7],
  ['x-forwarded-for', 8],
  ['x-request-id', 9],
  ['x-envoy-original-path', 10],
]);

function writeResponse(writer: ProtoWriter, record: LogRecord, http: HttpRecord, logged: LoggedHeaders): void {
  const at = writer.begin(4);
  if (http.status > 0) writer.wrappedUint(1, http.status);
  writer.uint(2, http.responseHeadersBytes);
  writer.uint(3, record.bytesSent);
  writeFields(writer, 4, http.response, logged.response);
  writeFields(writer, 5, http.trailers, logged.trailers);
  writer.text(6, record.responseCodeDetails);
  writer.end(at);
}

/** A map of those fields that are there; of several with one name the values in one text, as Envoy joins them. */
function writeFields(
  writer: ProtoWriter,
  field: number,
  fields: RecordedFields | undefined,
  logged: readonly string[],
): void {
  if (fields === undefined) return;
  for (const name of logged) {
    const value = valueOf(fields, name);
    if (value === undefined) continue;
    const at = writer.begin(field);
    writer.text(1, name);
    writer.text(2, value);
    writer.end(at);
  }
}

function valueOf({ names, values }: RecordedFields, name: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < names.length; i++)
    if (names[i] === name) value = value === undefined ? values[i] : `${value},${values[i]}`;
  return value;
}
