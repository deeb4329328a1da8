import type { Host } from '@malla/balancing';
import { ClusterAtWork } from '../upstream/cluster-at-work.ts';
import type { WorkerClusters } from '../upstream/create-clusters.ts';
import type { ClusterStatus, HostStatus } from './protocol.ts';

/** What this worker knows of its hosts. */
export function clusterStatuses(clusters: WorkerClusters): readonly ClusterStatus[] {
  return clusters.names().map((name) => {
    const cluster = clusters.get(name);
    return { name, hosts: cluster instanceof ClusterAtWork ? cluster.hosts.hosts.map(hostStatus) : [] };
  });
}

function hostStatus(host: Host): HostStatus {
  const { endpoint } = host;
  return {
    key: host.key,
    hostname: endpoint.hostname,
    healthFlags: healthFlags(host),
    weight: endpoint.weight,
    priority: host.priority,
    locality: host.locality,
    health: endpoint.health === 'unknown' ? 'HEALTHY' : endpoint.health.toUpperCase(),
    stats: statsOf(host),
  };
}

/** By Envoy's names. Requests that wait are not told by host: they wait in a pool. */
function statsOf({ activeRequests, counts }: Host): HostStatus['stats'] {
  return {
    cx_active: counts.activeConnections,
    cx_connect_fail: counts.failedConnections,
    cx_total: counts.connections,
    rq_active: activeRequests,
    rq_error: counts.failed,
    rq_success: counts.succeeded,
    rq_timeout: counts.timedOut,
    rq_total: counts.requests,
  };
}

/** Envoy's words. Source: Envoy's source/common/upstream/host_utility.cc */
function healthFlags(host: Host): readonly string[] {
  const flags: string[] = [];
  const byEds =
    host.endpoint.health === 'unhealthy' || host.endpoint.health === 'draining' || host.endpoint.health === 'timeout';
  if (byEds) flags.push('/failed_eds_health');
  if (host.ejected) flags.push('/failed_outlier_check');
  if (!host.healthy && !byEds && !host.ejected && host.endpoint.health !== 'degraded') flags.push('/failed_active_hc');
  return flags;
}
