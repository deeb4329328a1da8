import { enforce } from '@malla/enforcement';
import type { Service } from '@malla/model';
import { meshServiceOf, type MeshService } from '@malla/snapshot';
import type { Listed } from './kube-objects.ts';

/** What is kept of a Service. */
export interface KubeService {
  /** `reviews.default.svc.cluster.local` */
  readonly host: string;
  /** Undefined for one that has nothing for the mesh: no TCP port, or ExternalName. */
  readonly service: MeshService | undefined;
  /** For ExternalName: the host that it stands for, without a dot at its end. */
  readonly externalName?: string;
  /** Its first family: endpoints' addresses of that one are preferred. */
  readonly family: 'IPv4' | 'IPv6';
}

/** Reads a Service as a cluster has it: endpoints are in EndpointSlices, addresses of both families in clusterIPs. */
export function kubeServiceOf(listed: Listed<Service>, domainSuffix: string): KubeService {
  const { name, namespace = '', annotations, uid, resourceVersion, creationTimestamp } = listed.metadata;
  const metadata = {
    name,
    namespace,
    ...(annotations === undefined ? {} : { annotations }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  };
  const { spec } = listed;
  const host = `${name}.${namespace}.svc.${domainSuffix}`;
  const addresses = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  const family = spec.ipFamilies?.[0] ?? (addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4');
  if (spec.type === 'ExternalName') {
    const externalName = (spec.externalName ?? '').toLowerCase().replace(/\.$/, '');
    return { host, service: undefined, ...(externalName === '' ? {} : { externalName }), family };
  }
  const view = enforce<Service>({ apiVersion: 'v1', kind: 'Service', metadata, spec }).view;
  const service =
    view === undefined ? undefined : { ...meshServiceOf(view, domainSuffix), ...clusterFields(spec, addresses) };
  return { host, service, family };
}

function clusterFields(spec: Service['spec'], addresses: readonly string[]): Partial<MeshService> {
  const [, secondary] = addresses;
  const distribution = spec.trafficDistribution;
  return {
    ...(secondary === undefined || secondary === '' ? {} : { secondaryAddress: secondary }),
    ...(addresses[0] === 'None' ? { headless: true as const } : {}),
    ...(spec.publishNotReadyAddresses === true ? { publishNotReady: true as const } : {}),
    // Which node a client is on is not known to its proxy: its zone is as near as it gets.
    ...(distribution === undefined
      ? {}
      : {
          trafficDistribution: distribution === 'PreferClose' ? ('PreferClose' as const) : ('PreferSameZone' as const),
        }),
    listed: true,
  };
}
