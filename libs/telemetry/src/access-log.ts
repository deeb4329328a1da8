import { parseOutboundClusterName } from '@malla/ir';
import type { AccessLogCommon, HTTPAccessLogEntry } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import { parseWorkloadId } from '@malla/spiffe';
import type { AccessRecord, ConnectionSecurity } from './access-record.ts';

/** The proxy that wrote an access log: its own workload. */
export interface ReportingWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

const unknown = 'unknown';

/** Labels that name a workload's service, best first. Source: Istio, "canonical service". */
const canonicalNameLabels = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];

/**
 * What one entry of Envoy's gRPC access log says about a call. Requests to an `inbound|...` cluster were seen by the
 * destination, all others by the source.
 */
export function toAccessRecord(entry: HTTPAccessLogEntry, workload: ReportingWorkload): AccessRecord {
  const common = entry.commonProperties;
  const cluster = common?.upstreamCluster ?? '';
  const shared = { responseCode: entry.response?.responseCode ?? 0, durationMs: durationOf(common) };
  if (cluster.startsWith('inbound|')) return { ...shared, ...destinationView(common, workload) };
  return { ...shared, ...sourceView(cluster, entry, workload) };
}

function destinationView(common: AccessLogCommon | undefined, workload: ReportingWorkload) {
  const peer = peerOf(common);
  return {
    reporter: 'destination' as const,
    sourceWorkload: peer?.serviceAccount ?? unknown,
    sourceNamespace: peer?.namespace ?? unknown,
    destinationService: canonicalName(workload),
    destinationNamespace: workload.namespace,
    destinationSubset: '',
    connectionSecurity: security(peer !== undefined),
  };
}

function sourceView(cluster: string, entry: HTTPAccessLogEntry, workload: ReportingWorkload) {
  const destination = parseOutboundClusterName(cluster);
  const host = destination?.host ?? hostOf(entry.request?.authority ?? '');
  return {
    reporter: 'source' as const,
    sourceWorkload: workload.name,
    sourceNamespace: workload.namespace,
    destinationService: host,
    destinationNamespace: namespaceOf(host),
    destinationSubset: destination?.subset ?? '',
    // The source's log does not say what the upstream connection was.
    connectionSecurity: security(undefined),
  };
}

function security(mutualTls: boolean | undefined): ConnectionSecurity {
  if (mutualTls === undefined) return 'unknown';
  return mutualTls ? 'mutual_tls' : 'none';
}

function canonicalName(workload: ReportingWorkload): string {
  for (const label of canonicalNameLabels) {
    const value = workload.labels[label];
    if (value !== undefined && value !== '') return value;
  }
  return workload.name;
}

function peerOf(common: AccessLogCommon | undefined) {
  for (const name of common?.tlsProperties?.peerCertificateProperties?.subjectAltName ?? []) {
    if (name.san.case !== 'uri') continue;
    const identity = parseWorkloadId(name.san.value);
    if (identity !== undefined) return identity;
  }
  return undefined;
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
