import {
  accessLogNames,
  parseOutboundClusterName,
  parsePeerMetadata,
  peerMetadataKey,
  type PeerMetadata,
} from '@malla/ir';
import type {
  AccessLogCommon,
  HTTPAccessLogEntry,
  TCPAccessLogEntry,
} from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import { parseWorkloadId, type WorkloadIdentity } from '@malla/spiffe';
import {
  isError,
  isGrpcError,
  type AccessRecord,
  type ConnectionSecurity,
  type Reporter,
  type SignalKey,
} from './access-record.ts';

/** The proxy that wrote an access log: its own workload. */
export interface ReportingWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
}

const unknown = 'unknown';

/**
 * Which side a log is of: its name says so. Its entries do not, since a request that was refused has no upstream cluster.
 * Undefined for logs that are not ours.
 */
export function reporterOfLog(logName: string): Reporter | undefined {
  if (logName === accessLogNames.inbound) return 'destination';
  return logName === accessLogNames.outbound ? 'source' : undefined;
}

/** Labels that name a workload's service and version, best first. Source: Istio, "canonical service". */
const canonicalNameLabels = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];
const canonicalRevisionLabels = ['service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version'];

/** gRPC-Web is none. */
const grpcContentType = /^application\/grpc([+;]|$)/;

/** What one entry of Envoy's gRPC access log says about a request. */
export function toAccessRecord(
  entry: HTTPAccessLogEntry,
  workload: ReportingWorkload,
  reporter: Reporter,
): AccessRecord {
  const { commonProperties: common, request, response } = entry;
  const isGrpc = grpcContentType.test(request?.requestHeaders['content-type'] ?? '');
  const responseCode = response?.responseCode ?? 0;
  const grpcStatus = response?.responseTrailers['grpc-status'] ?? response?.responseHeaders['grpc-status'];
  return {
    ...keyOf(common, workload, reporter, hostOf(request?.authority ?? '')),
    protocol: isGrpc ? 'grpc' : 'http',
    responseCode,
    failed: isGrpc && grpcStatus !== undefined ? isGrpcError(grpcStatus) : isError(responseCode),
    durationMs: durationOf(common),
    bytesSent: Number(request?.requestBodyBytes ?? 0n),
    bytesReceived: Number(response?.responseBodyBytes ?? 0n),
  };
}

/** What one entry says about a TCP connection that was closed. */
export function toConnectionRecord(
  entry: TCPAccessLogEntry,
  workload: ReportingWorkload,
  reporter: Reporter,
): AccessRecord {
  const { commonProperties: common, connectionProperties: connection } = entry;
  const flags = common?.responseFlags;
  return {
    ...keyOf(common, workload, reporter, unknown),
    protocol: 'tcp',
    responseCode: 0,
    failed:
      flags !== undefined &&
      (flags.noHealthyUpstream || flags.upstreamConnectionFailure || flags.upstreamOverflow || flags.noRouteFound),
    durationMs: durationOf(common),
    // As its proxy counts: received from the source, sent to it.
    bytesSent: Number(connection?.receivedBytes ?? 0n),
    bytesReceived: Number(connection?.sentBytes ?? 0n),
  };
}

type Parties = Omit<SignalKey, 'protocol'>;

function keyOf(
  common: AccessLogCommon | undefined,
  workload: ReportingWorkload,
  reporter: Reporter,
  host: string,
): Parties {
  if (reporter === 'destination') return destinationView(common, workload);
  return sourceView(common?.upstreamCluster ?? '', workload, host);
}

function destinationView(common: AccessLogCommon | undefined, workload: ReportingWorkload): Parties {
  const identity = identityOf(common);
  const peer = identity && peerMetadataOf(common, identity);
  return {
    reporter: 'destination',
    sourceWorkload: peer?.workload || (identity?.serviceAccount ?? unknown),
    sourceNamespace: identity?.namespace ?? unknown,
    sourceAccount: identity?.serviceAccount ?? '',
    sourceApp: peer?.canonicalService ?? '',
    sourceVersion: peer?.canonicalRevision ?? '',
    destinationService: canonicalName(workload),
    destinationNamespace: workload.namespace,
    destinationSubset: '',
    destinationWorkload: workload.name,
    destinationVersion: canonicalRevision(workload),
    connectionSecurity: security(identity !== undefined),
  };
}

function sourceView(cluster: string, workload: ReportingWorkload, asked: string): Parties {
  const destination = parseOutboundClusterName(cluster);
  const host = destination?.host ?? asked;
  return {
    reporter: 'source',
    sourceWorkload: workload.name,
    sourceNamespace: workload.namespace,
    sourceAccount: workload.serviceAccount,
    sourceApp: canonicalName(workload),
    sourceVersion: canonicalRevision(workload),
    destinationService: host,
    destinationNamespace: namespaceOf(host),
    destinationSubset: destination?.subset ?? '',
    destinationWorkload: '',
    destinationVersion: '',
    // The source's log does not say what the upstream connection was.
    connectionSecurity: security(undefined),
  };
}

function security(mutualTls: boolean | undefined): ConnectionSecurity {
  if (mutualTls === undefined) return 'unknown';
  return mutualTls ? 'mutual_tls' : 'none';
}

function canonicalName({ labels, name }: ReportingWorkload): string {
  return firstOf(labels, canonicalNameLabels) ?? name;
}

function canonicalRevision({ labels }: ReportingWorkload): string {
  return firstOf(labels, canonicalRevisionLabels) ?? '';
}

function firstOf(labels: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  return names.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
}

function identityOf(common: AccessLogCommon | undefined): WorkloadIdentity | undefined {
  for (const name of common?.tlsProperties?.peerCertificateProperties?.subjectAltName ?? []) {
    if (name.san.case !== 'uri') continue;
    const identity = parseWorkloadId(name.san.value);
    if (identity !== undefined) return identity;
  }
  return undefined;
}

/** What the caller's proxy says of itself. Believed as far as the certificate agrees. */
function peerMetadataOf(common: AccessLogCommon | undefined, identity: WorkloadIdentity): PeerMetadata | undefined {
  const text = common?.metadata?.filterMetadata[peerMetadataKey.namespace]?.[peerMetadataKey.key];
  const peer = typeof text === 'string' ? parsePeerMetadata(text) : undefined;
  return peer?.namespace === identity.namespace ? peer : undefined;
}

function durationOf(common: AccessLogCommon | undefined): number {
  const duration = common?.duration ?? common?.timeToLastDownstreamTxByte;
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** Host of an authority, without its port. */
function hostOf(authority: string): string {
  const host = authority.replace(/:\d+$/, '');
  return host === '' ? unknown : host;
}

function namespaceOf(host: string): string {
  const [, namespace, svc] = host.split('.');
  return namespace !== undefined && (svc === undefined || svc === 'svc') ? namespace : unknown;
}
