import type { Proxy, ProxyScope } from '@malla/ir';
import type { MeshSnapshot } from './snapshot.ts';

/** What the outbound half of a proxy's configuration depends on, in this snapshot. Lists and keys are sorted, so equal scopes have equal keys. */
export function scopeOf(snapshot: MeshSnapshot, proxy: Proxy): ProxyScope {
  const labels: Record<string, string> = {};
  for (const key of snapshot.sourceLabelKeys) {
    const value = Object.hasOwn(proxy.labels, key) ? proxy.labels[key] : undefined;
    if (value !== undefined) labels[key] = value;
  }
  return {
    role: proxy.role,
    dataPlane: proxy.dataPlane,
    features: [...new Set(proxy.features)].sort(),
    cluster: proxy.cluster,
    network: proxy.network,
    locality: proxy.locality,
    namespace: proxy.namespace,
    labels,
  };
}

/** Text that is equal for equal scopes and only for them. */
export function scopeKey(scope: ProxyScope): string {
  const { role, dataPlane, features, cluster, network, locality, namespace, labels } = scope;
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([role, dataPlane, features, cluster, network, locality, namespace, pairs]);
}
