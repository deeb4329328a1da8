import { create } from '@bufbuild/protobuf';
import type { PeerMetadata } from '@malla/ir';
import { WorkloadSchema, type Workload } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { runsProxy, type AgentSettings } from '../settings/agent-settings.ts';
import { ownerName } from './owner-name.ts';

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
    // A gateway takes what its Gateways say: callers that want mutual TLS ask for it by a DestinationRule, as with Istio.
    mutualTls: runsProxy(settings) && settings.proxyType === 'sidecar',
  });
}

/** What metrics, here and at peers, say of the workload. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export function peerMetadata(settings: AgentSettings): PeerMetadata {
  const { labels, workloadName, namespace, clusterId: cluster } = settings;
  const workload = ownerName(workloadName, labels);
  return {
    workload,
    namespace,
    app: labels['app'] ?? 'unknown',
    version: labels['version'] ?? 'unknown',
    canonicalService:
      labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels['version'] ??
      'latest',
    cluster,
  };
}

/** The labels that Istio's metrics carry for the reporting side, by role. */
export function metricLabels(settings: AgentSettings): Record<'source' | 'destination', Record<string, string>> {
  const { workload, namespace, app, version, canonicalService, canonicalRevision, cluster } = peerMetadata(settings);
  const own = {
    workload,
    workload_namespace: namespace,
    app,
    version,
    canonical_service: canonicalService,
    canonical_revision: canonicalRevision,
    cluster,
  };
  const prefixed = (role: string) =>
    Object.fromEntries(Object.entries(own).map(([key, value]) => [`${role}_${key}`, value]));
  return { source: prefixed('source'), destination: prefixed('destination') };
}
