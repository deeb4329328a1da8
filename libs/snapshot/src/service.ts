import type { Service } from '@malla/model';
import type { Labels } from './selector.ts';
import type { MeshWorkload } from './workload.ts';

/** A service of the mesh: a core v1 Service with its host worked out. */
export interface MeshService {
  /** `reviews.default.svc.cluster.local` */
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly MeshServicePort[];
  /** Its virtual address (clusterIP), when it has one. */
  readonly virtualAddress?: string;
  /** The virtual address of the other family (IPv4, IPv6), when it has two. */
  readonly secondaryAddress?: string;
  /** clusterIP None: clients look up its workloads and call one of them. Default: no. */
  readonly headless?: true;
  /** Workloads that are not ready count as well. Default: no. */
  readonly publishNotReady?: true;
  /** Whose endpoints a client uses first. Default: all alike. */
  readonly trafficDistribution?: 'PreferClose' | 'PreferSameZone';
  /** Hosts that stand for it: those of ExternalName Services. Default: none. */
  readonly aliases?: readonly string[];
  /** EndpointSlices list its endpoints: pods are behind it by them, and only other workloads by its selector. Default: no. */
  readonly listed?: true;
  /** Selects the workloads of its namespace behind it; absent: none. */
  readonly selector?: Labels;
  /** A ServiceEntry's; absent: a Service's. */
  readonly entry?: EntryFacts;
  /** From the annotation `networking.istio.io/exportTo`; empty: everybody. */
  readonly exportTo: readonly string[];
}

/** What only services of ServiceEntries have. */
export interface EntryFacts {
  /** Outside of the mesh: mutual TLS is not tried by itself. */
  readonly external: boolean;
  /** Addresses of endpoints may be names, which each proxy looks up. */
  readonly resolves: boolean;
  /** Its endpoints; absent where a selector tells them. */
  readonly endpoints?: readonly MeshWorkload[];
}

export interface MeshServicePort {
  /** Empty when the port has no name. */
  readonly name: string;
  readonly port: number;
  /** A number, or the name that workloads give the port. */
  readonly targetPort: number | string;
  readonly appProtocol?: string;
}

const exportToAnnotation = 'networking.istio.io/exportTo';

/** Reads a Service resource. */
export function meshServiceOf(resource: Service, domainSuffix: string): MeshService {
  const { name, namespace = '', annotations } = resource.metadata;
  const { spec } = resource;
  const selector = spec.selector ?? {};
  return {
    host: `${name}.${namespace}.svc.${domainSuffix}`,
    name,
    namespace,
    ports: withoutRepeats(spec.ports ?? []).map((p) => ({
      name: p.name ?? '',
      port: p.port,
      targetPort: p.targetPort ?? p.port,
      ...(p.appProtocol === undefined ? {} : { appProtocol: p.appProtocol }),
    })),
    ...(spec.clusterIP === undefined ? {} : { virtualAddress: spec.clusterIP }),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
    exportTo: (annotations?.[exportToAnnotation] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  };
}

/** One port of each number: they are one place in the mesh. The first counts. */
function withoutRepeats<P extends { readonly port: number }>(ports: readonly P[]): readonly P[] {
  return ports.filter((port, i) => ports.findIndex((other) => other.port === port.port) === i);
}
