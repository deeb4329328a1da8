import type { Proxy, ProxyScope } from '@malla/ir';
import { namespacedKey } from './resource-key.ts';
import { servicesOfWorkload } from './services-of-workload.ts';
import type { MeshSnapshot } from './snapshot.ts';
import { workloadPort } from './workload-ports.ts';

/** What the outbound half of a proxy's configuration depends on, in this snapshot. Lists and keys are sorted, so equal scopes have equal keys. */
export function scopeOf(snapshot: MeshSnapshot, proxy: Proxy): ProxyScope {
  const labels: Record<string, string> = {};
  const router = proxy.role === 'router';
  // Any label may be what a Gateway selects; routers are few, so that their scopes need not be wide.
  for (const key of router ? Object.keys(proxy.labels) : snapshot.sourceLabelKeys) {
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
    ...(router && { gatewayPorts: gatewayPortsOf(snapshot, proxy) }),
  };
}

/** Text that is equal for equal scopes and only for them. */
export function scopeKey(scope: ProxyScope): string {
  const { role, dataPlane, features, cluster, network, locality, namespace, labels, gatewayPorts = {} } = scope;
  const pairs = (map: Readonly<Record<string, unknown>>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    ...[role, dataPlane, features, cluster, network, locality, namespace],
    ...[pairs(labels), pairs(gatewayPorts)],
  ]);
}

/**
 * Ports of Gateways for which the proxy listens on another one: where its Services lead to, the first Service by host. Others are listened on as they are.
 * Source: Istio pilot/pkg/model/gateway.go, resolvePorts.
 */
function gatewayPortsOf(snapshot: MeshSnapshot, proxy: Proxy): Readonly<Record<string, number>> {
  const ports: Record<string, number> = {};
  const workload = snapshot.workloads.get(namespacedKey(proxy.namespace, proxy.workload)) ?? { ports: {} };
  for (const service of servicesOfWorkload(snapshot, proxy)) {
    for (const port of service.ports) {
      const listening = workloadPort(workload, port);
      if (listening !== undefined) ports[port.port] ??= listening;
    }
  }
  return ports;
}
