import { outboundClusterName, type EndpointIr, type EndpointSetIr, type LocalityEndpointsIr } from '@malla/ir';
import {
  selects,
  workloadPort,
  type Labels,
  type MeshService,
  type MeshServicePort,
  type MeshWorkload,
} from '@malla/snapshot';
import { effectiveMutualTls, type PeerPolicies } from '../mutual-tls.ts';
import { prioritized } from './locality-priority.ts';

/** All that a set of endpoints depends on. */
export interface EndpointInputs {
  readonly service: MeshService;
  readonly port: MeshServicePort;
  /** Empty for the whole service. */
  readonly subset: string;
  /** Labels of the subset. */
  readonly labels: Labels;
  /** The service's workloads. */
  readonly workloads: readonly MeshWorkload[];
  readonly policies: PeerPolicies;
  /** Locality of the client, as far as the service prefers near endpoints; empty: all are alike. */
  readonly from: string;
}

/** The endpoints of one cluster, by locality. Workloads that do not have the port are left out. */
export function resolveEndpoints(inputs: EndpointInputs): EndpointSetIr {
  const { service, port, subset, labels } = inputs;
  const byLocality = new Map<string, EndpointIr[]>();
  for (const workload of inputs.workloads) {
    if (!selects(labels, workload.labels)) continue;
    const endpoint = resolveEndpoint(workload, inputs);
    if (endpoint === undefined) continue;
    const known = byLocality.get(workload.locality);
    if (known === undefined) byLocality.set(workload.locality, [endpoint]);
    else known.push(endpoint);
  }
  const localities: LocalityEndpointsIr[] = [...byLocality]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([locality, endpoints]) => ({ locality, endpoints }));
  return {
    cluster: outboundClusterName(port.port, subset, service.host),
    ...(service.entry?.resolves === true && { lookedUp: true as const }),
    localities: prioritized(localities, inputs.from),
  };
}

function resolveEndpoint(workload: MeshWorkload, { service, port, policies }: EndpointInputs): EndpointIr | undefined {
  const address = workload.addresses[0];
  const number = workloadPort(workload, port);
  if (address === undefined || number === undefined) return undefined;
  const targetPort = typeof port.targetPort === 'number' ? port.targetPort : number;
  const accepts = workload.mutualTls && effectiveMutualTls(policies, workload.labels, targetPort).mode !== 'disable';
  return {
    address,
    port: number,
    weight: workload.weight,
    healthy: workload.healthy || service.publishNotReady === true,
    mutualTls: accepts,
    workload: {
      name: workload.workloadName ?? workload.name,
      namespace: workload.namespace,
      canonicalService: canonicalService(workload),
      revision: canonicalRevision(workload),
      cluster: workload.cluster,
    },
  };
}

/** The service that telemetry shows; in the order in which Istio's injector writes the canonical-name label. */
function canonicalService({ labels, name, workloadName }: MeshWorkload): string {
  return (
    labels['service.istio.io/canonical-name'] ??
    labels['app.kubernetes.io/name'] ??
    labels['app'] ??
    workloadName ??
    name
  );
}

function canonicalRevision({ labels }: MeshWorkload): string {
  return (
    labels['service.istio.io/canonical-revision'] ??
    labels['app.kubernetes.io/version'] ??
    labels['version'] ??
    'latest'
  );
}
