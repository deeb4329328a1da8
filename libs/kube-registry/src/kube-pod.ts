import type { Pod } from '@malla/model';
import { sameWorkload, type Labels, type MeshWorkload } from '@malla/snapshot';
import type { Listed } from './kube-objects.ts';
import { workloadNameOf } from './workload-name.ts';

/** What is kept of a Pod. */
export interface KubePod {
  /** As the mesh has it, at the locality that its own label says, else at none. */
  readonly workload: MeshWorkload;
  /** Empty until it is scheduled. */
  readonly node: string;
  /** It is being deleted: it leaves rotation, whatever its readiness. */
  readonly terminating: boolean;
  /** It shares its node's addresses. */
  readonly hostNetwork: boolean;
}

/** Where a pod is when it does not say so itself. */
export interface PodPlace {
  readonly locality: string;
  /** Name of the cluster, as telemetry shows it. */
  readonly cluster: string;
}

const sidecarContainer = 'istio-proxy';
const tlsModeLabel = 'security.istio.io/tlsMode';
const localityLabel = 'istio-locality';
const networkLabel = 'topology.istio.io/network';

/** Reads a Pod; undefined for one that has ended: a Job's pod stays as an object after its work. */
export function kubePodOf(pod: Listed<Pod>, cluster: string): KubePod | undefined {
  const { metadata, spec, status } = pod;
  const phase = status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  const labels = metadata.labels ?? {};
  const terminating = metadata.deletionTimestamp !== undefined;
  const hostNetwork = spec.hostNetwork === true;
  const name = metadata.name;
  const workloadName = workloadNameOf({ ...metadata, labels });
  const workload: MeshWorkload = {
    name,
    namespace: metadata.namespace ?? '',
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? 'default',
    labels,
    addresses: addressesOf(status),
    ports: namedPorts(spec),
    network: labels[networkLabel] ?? '',
    locality: localityOf(labels),
    cluster,
    weight: 1,
    mutualTls: takesMutualTls(spec, labels, hostNetwork),
    healthy: isReady(status) && !terminating,
    pod: true,
    ...(workloadName === name ? {} : { workloadName }),
  };
  return { workload, node: spec.nodeName ?? '', terminating, hostNetwork };
}

/** The pod as workload: its node tells where it is unless its label does. */
export function placedAt(pod: KubePod, nodeLocality: string): MeshWorkload {
  const { workload } = pod;
  return workload.locality !== '' || nodeLocality === '' ? workload : { ...workload, locality: nodeLocality };
}

/** Whether two records say the same: most updates of a Pod concern what is not kept. */
export function samePod(a: KubePod, b: KubePod): boolean {
  return (
    a.node === b.node &&
    a.terminating === b.terminating &&
    a.hostNetwork === b.hostNetwork &&
    sameWorkload(a.workload, b.workload)
  );
}

function addressesOf(status: Pod['status']): readonly string[] {
  const listed = (status?.podIPs ?? []).flatMap(({ ip }) => (ip === undefined || ip === '' ? [] : [ip]));
  if (listed.length > 0) return listed;
  return status?.podIP === undefined || status.podIP === '' ? [] : [status.podIP];
}

/** Names of TCP ports of its containers; the first of a name counts, as in Kubernetes. */
function namedPorts(spec: Pod['spec']): Readonly<Record<string, number>> {
  const ports: Record<string, number> = {};
  for (const container of [...spec.containers, ...nativeSidecars(spec)]) {
    for (const { name, containerPort, protocol = 'TCP' } of container.ports ?? []) {
      if (name !== undefined && protocol === 'TCP' && !Object.hasOwn(ports, name)) ports[name] = containerPort;
    }
  }
  return ports;
}

/** Init containers that run beside the others. Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/ */
function nativeSidecars(spec: Pod['spec']): Pod['spec']['containers'] {
  return (spec.initContainers ?? []).filter(
    (container) => (container as { readonly restartPolicy?: string }).restartPolicy === 'Always',
  );
}

/**
 * Whether peers reach it by mutual TLS: the label of Istio's injector decides; without one, a sidecar does. Nothing captures the traffic of a pod on
 * its node's network, and a gateway ends the TLS that its Gateways name.
 */
function takesMutualTls(spec: Pod['spec'], labels: Labels, hostNetwork: boolean): boolean {
  const label = labels[tlsModeLabel];
  if (label !== undefined) return label === 'istio';
  if (hostNetwork) return false;
  const proxy = [...spec.containers, ...nativeSidecars(spec)].find(({ name }) => name === sidecarContainer);
  return proxy !== undefined && !isGateway(proxy);
}

function isGateway({ args = [], env = [] }: Pod['spec']['containers'][number]): boolean {
  const words = args.join(' ');
  return (
    /^proxy router\b/.test(words) || env.some(({ name, value }) => name === 'MALLA_PROXY_TYPE' && value === 'router')
  );
}

/** `region.zone.subzone` or, where a label could hold it, with slashes. Source: Istio, pilot/pkg/model, GetLocalityLabel. */
function localityOf(labels: Labels): string {
  const label = labels[localityLabel] ?? '';
  return label.includes('/') ? label : label.replaceAll('.', '/');
}

function isReady(status: Pod['status']): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}
