import type { EndpointSlice } from '@malla/model';
import type { Listed } from './kube-objects.ts';

/** What is kept of an EndpointSlice. */
export interface KubeSlice {
  /** `<namespace>/<name>` of its Service. */
  readonly service: string;
  readonly namespace: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Kept by Kubernetes itself: readiness is that of the pods, and may lag behind it. */
  readonly followsPods: boolean;
  /** TCP ports by name; empty for one without. An undefined number: the Service's own target. */
  readonly ports: ReadonlyMap<string, number | undefined>;
  readonly endpoints: readonly KubeEndpoint[];
}

export interface KubeEndpoint {
  /** The first address; the others lead to the same place. */
  readonly address: string;
  /** `<namespace>/<name>` of the Pod that it is, when it says so. */
  readonly pod?: string;
  /** Empty when it does not say so. */
  readonly node: string;
  readonly ready: boolean;
  readonly terminating: boolean;
}

const serviceLabel = 'kubernetes.io/service-name';
const managerLabel = 'endpointslice.kubernetes.io/managed-by';
const kubernetesManager = 'endpointslice-controller.k8s.io';

/** Reads an EndpointSlice; undefined for one that belongs to no Service, or of DNS names, which nobody resolves (nor does Istio). */
export function kubeSliceOf({
  metadata,
  addressType,
  endpoints = [],
  ports = [],
}: Listed<EndpointSlice>): KubeSlice | undefined {
  const { namespace = '', labels = {} } = metadata;
  const service = labels[serviceLabel];
  if (service === undefined || service === '' || addressType === 'FQDN') return undefined;
  const tcp = (ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  return {
    service: `${namespace}/${service}`,
    namespace,
    family: addressType,
    followsPods: labels[managerLabel] === kubernetesManager,
    ports: new Map(tcp.map(({ name = '', port }) => [name, port ?? undefined])),
    endpoints: (endpoints ?? []).flatMap((endpoint) => {
      const address = endpoint.addresses[0];
      return address === undefined ? [] : [endpointOf(endpoint, address, namespace)];
    }),
  };
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** Missing conditions: ready unknown means yes, terminating unknown means no. Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions */
function endpointOf(
  { conditions = {}, targetRef, nodeName = '' }: Endpoint,
  address: string,
  namespace: string,
): KubeEndpoint {
  const isPod = targetRef?.kind === 'Pod' && targetRef.name !== undefined;
  return {
    address,
    ...(isPod ? { pod: `${targetRef.namespace ?? namespace}/${targetRef.name}` } : {}),
    node: nodeName,
    ready: conditions.ready ?? true,
    terminating: conditions.terminating ?? false,
  };
}
