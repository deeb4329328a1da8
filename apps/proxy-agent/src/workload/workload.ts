import { create } from '@bufbuild/protobuf';
import { WorkloadSchema, type Workload } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { runsProxy, type AgentSettings } from '../settings/agent-settings.ts';

/** The workload as the registry keeps it. Peers connect to the inbound listeners, so those are its ports. */
export function workloadOf(settings: AgentSettings): Workload {
  const inbound = settings.inbound.map(({ targetPort, bind }) => [String(targetPort), bind.port] as const);
  return create(WorkloadSchema, {
    name: settings.workloadName,
    namespace: settings.namespace,
    serviceAccount: settings.serviceAccount,
    labels: settings.labels,
    addresses: [...settings.addresses],
    ports: { ...settings.ports, ...Object.fromEntries(settings.interception === 'NONE' ? inbound : []) },
    network: settings.network ?? '',
    locality: settings.locality ?? '',
    cluster: settings.clusterId,
    weight: settings.weight,
    mutualTls: runsProxy(settings),
  });
}

/**
 * The labels that Istio's metrics carry for the reporting side, by role.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export function metricLabels(settings: AgentSettings): Record<'source' | 'destination', Record<string, string>> {
  const { labels, workloadName, namespace, clusterId } = settings;
  const app = labels['app'] ?? 'unknown';
  const version = labels['version'] ?? 'unknown';
  const own = {
    workload: workloadName,
    workload_namespace: namespace,
    app,
    version,
    canonical_service:
      labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workloadName,
    canonical_revision: labels['service.istio.io/canonical-revision'] ?? labels['version'] ?? 'latest',
    cluster: clusterId,
  };
  const prefixed = (role: string) =>
    Object.fromEntries(Object.entries(own).map(([key, value]) => [`${role}_${key}`, value]));
  return { source: prefixed('source'), destination: prefixed('destination') };
}
