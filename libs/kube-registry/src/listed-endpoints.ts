import { sameWorkload, type MeshWorkload } from '@malla/snapshot';
import type { KubePod } from './kube-pod.ts';
import type { KubeService } from './kube-service.ts';
import type { KubeEndpoint, KubeSlice } from './kube-slice.ts';

/** A Pod as it is known at present, and as the mesh has it. */
export interface PlacedPod {
  readonly pod: KubePod;
  readonly workload: MeshWorkload;
}

/** What endpoints are looked up in. */
export interface EndpointSources {
  pod(key: string): PlacedPod | undefined;
  /** The Pod that has an address to itself. */
  podAt(address: string): PlacedPod | undefined;
  localityOf(node: string): string;
}

export interface ListedParams {
  /** Undefined while only its slices are known. */
  readonly service: KubeService | undefined;
  /** In an order that does not depend on that of events. */
  readonly slices: readonly KubeSlice[];
  readonly sources: EndpointSources;
  readonly cluster: string;
}

/** The endpoints of a Service, and those of which the Pod is not known yet. */
export interface ListedEndpoints {
  /** By name, sorted; each is one place, with its addresses of the Service's first family first. */
  readonly endpoints: readonly MeshWorkload[];
  readonly withoutPod: number;
}

interface Draft {
  readonly base: MeshWorkload;
  readonly addresses: string[];
  readonly ports: Record<string, number>;
  healthy: boolean;
}

/**
 * Puts the EndpointSlices of one Service together. An endpoint of a Pod waits until the Pod is known: only then its labels and identity are. What is
 * ending is left out, so that its connections drain; what is not ready is there and gets no requests.
 */
export function listedEndpoints({ service, slices, sources, cluster }: ListedParams): ListedEndpoints {
  const drafts = new Map<string, Draft>();
  let withoutPod = 0;
  const firstFamily = service?.family ?? 'IPv4';
  const ordered = [...slices].sort((a, b) => Number(b.family === firstFamily) - Number(a.family === firstFamily));
  for (const slice of ordered) {
    for (const endpoint of slice.endpoints) {
      const placed = endpoint.pod === undefined ? sources.podAt(endpoint.address) : sources.pod(endpoint.pod);
      if (endpoint.pod !== undefined && placed === undefined) {
        withoutPod += 1;
        continue;
      }
      const state = stateOf(endpoint, slice, placed, service?.service?.publishNotReady === true);
      if (state === 'ending') continue;
      const base = placed?.workload ?? bareEndpoint(endpoint, slice, sources, cluster);
      const draft = drafts.get(base.name) ?? { base, addresses: [], ports: {}, healthy: false };
      drafts.set(base.name, draft);
      // While an endpoint moves from one slice to another both have it: one that says ready is enough, as for kube-proxy.
      if (state === 'ready') draft.healthy = true;
      if (!draft.addresses.includes(endpoint.address)) draft.addresses.push(endpoint.address);
      addPorts(draft.ports, slice, service);
    }
  }
  const endpoints = [...drafts.values()]
    .map(({ base, addresses, ports, healthy }): MeshWorkload => ({ ...base, addresses, ports, healthy, listed: true }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { endpoints, withoutPod };
}

/** The list with those of `before` that say the same as the identical objects; `before` itself when nothing differs. */
export function keepEndpoints(
  before: readonly MeshWorkload[],
  after: readonly MeshWorkload[],
): readonly MeshWorkload[] {
  const known = new Map(before.map((endpoint) => [endpoint.name, endpoint]));
  const kept = after.map((endpoint) => {
    const was = known.get(endpoint.name);
    return was !== undefined && sameWorkload(was, endpoint) ? was : endpoint;
  });
  return kept.length === before.length && kept.every((endpoint, i) => endpoint === before[i]) ? before : kept;
}

/** A Pod's own state counts before Kubernetes' slices follow it: it leaves rotation at once. */
function stateOf(
  endpoint: KubeEndpoint,
  slice: KubeSlice,
  placed: PlacedPod | undefined,
  publishNotReady: boolean,
): 'ready' | 'not-ready' | 'ending' {
  if (publishNotReady && endpoint.ready) return 'ready';
  if (placed?.pod.terminating === true) return 'ending';
  if (endpoint.terminating && !endpoint.ready) return 'ending';
  const ready = endpoint.ready && (placed === undefined || !slice.followsPods || placed.workload.healthy);
  return ready ? 'ready' : 'not-ready';
}

/** No workload's name has a slash: what is outside the cluster never hides one. */
function bareEndpoint(
  { address, node }: KubeEndpoint,
  { namespace }: KubeSlice,
  sources: EndpointSources,
  cluster: string,
): MeshWorkload {
  return {
    name: `address/${address}`,
    namespace,
    serviceAccount: '',
    labels: {},
    addresses: [],
    ports: {},
    network: '',
    locality: node === '' ? '' : sources.localityOf(node),
    cluster,
    weight: 1,
    mutualTls: false,
    healthy: true,
  };
}

function addPorts(ports: Record<string, number>, slice: KubeSlice, service: KubeService | undefined): void {
  for (const [name, number] of slice.ports) {
    if (Object.hasOwn(ports, name)) continue;
    const target = number ?? service?.service?.ports.find((port) => port.name === name)?.targetPort;
    if (typeof target === 'number') ports[name] = target;
  }
}
