import type { ClusterConfig, ListenerConfig, SecretReference } from '@malla/proxy-config';
import { typeUrls, type EncodedResource } from '@malla/protos';
import type { ResourcesByName } from '@malla/xds';
import type { Accepted, ConfigOf, Kind, Read, ResourceReader } from '../accepted.ts';

/** What a resource of a spec says; its JSON stands where a proto would be. */
export interface FakeContent {
  /** Of clusters: the name of their endpoints. */
  readonly eds?: string;
  /** Of listeners: a route configuration by RDS. */
  readonly rds?: string;
  /** A secret by SDS, from ADS or from a cluster. */
  readonly sds?: { readonly name: string; readonly cluster?: string };
  /** Of routes: clusters that must be there. */
  readonly needs?: readonly string[];
  /** The reader refuses it. */
  readonly problem?: string;
}

export function fakeResource(kind: Kind, name: string, content: FakeContent = {}): EncodedResource {
  const text = JSON.stringify(content);
  const value = new TextEncoder().encode(text);
  return {
    name,
    typeUrl: typeUrls[kind],
    version: text,
    any: { $typeName: 'google.protobuf.Any', typeUrl: '', value },
  };
}

export function byName(...resources: readonly EncodedResource[]): ResourcesByName {
  return new Map(resources.map((resource) => [resource.name, resource]));
}

/** Reads resources of {@link fakeResource} into just as much configuration as this folder looks at. */
export const fakeReader: ResourceReader = {
  read<K extends Kind>(kind: K, resource: EncodedResource): Read<K> {
    const content = JSON.parse(resource.version) as FakeContent;
    if (content.problem !== undefined) return { ok: false, message: content.problem };
    return { ok: true, config: configs[kind](resource.name, content) as ConfigOf[K] };
  },
};

const configs: Readonly<Record<Kind, (name: string, content: FakeContent) => object>> = {
  cluster: (name, { eds, sds }) => ({
    name,
    discovery: eds === undefined ? { kind: 'static' } : { kind: 'eds', serviceName: eds, fetchTimeoutMs: 15_000 },
    transport: sds === undefined ? { kind: 'plain' } : { kind: 'tls', tls: { certificate: reference(sds) } },
    transportMatches: [],
  }),
  endpoint: (clusterName) => ({ clusterName, localities: [], overprovisioningFactor: 140 }),
  listener: (name, { rds, sds }) => ({
    name,
    addresses: [],
    filterChains: [
      {
        ...(sds && { tls: { certificate: reference(sds) } }),
        filters:
          rds === undefined
            ? []
            : [{ kind: 'http', config: { routes: { kind: 'rds', name: rds, fetchTimeoutMs: 15_000 } } }],
      },
    ],
  }),
  route: (name, { needs = [] }) => ({
    name,
    validateClusters: needs.length > 0,
    virtualHosts: [{ routes: needs.map((cluster) => ({ action: { kind: 'forward', destinations: [{ cluster }] } })) }],
  }),
  secret: (name) => ({ kind: 'certificate', name, chainPem: '', keyPem: '' }),
};

function reference({ name, cluster }: NonNullable<FakeContent['sds']>): SecretReference {
  const source = cluster === undefined ? { kind: 'ads' } : { kind: 'cluster', cluster };
  return { kind: 'sds', name, source, fetchTimeoutMs: 15_000 } as SecretReference;
}

export function names(
  list: readonly (ClusterConfig | ListenerConfig | Accepted | { readonly name: string })[],
): readonly string[] {
  return list.map(({ name }) => name);
}
