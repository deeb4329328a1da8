import type { ClusterConfig, EndpointsConfig } from '@malla/proxy-config';
import {
  Cluster_DiscoveryType as Type,
  Cluster_DnsLookupFamily as Family,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { readAdsSource } from '../wire/config-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readEndpoints } from './endpoints.ts';

type Discovery = ClusterConfig['discovery'];

const families = {
  [Family.AUTO]: 'auto',
  [Family.V4_ONLY]: 'v4-only',
  [Family.V6_ONLY]: 'v6-only',
  [Family.V4_PREFERRED]: 'v4-preferred',
  [Family.ALL]: 'all',
} as const;

/** Envoy's default. */
const dnsRefreshMs = 5_000;

const none: Discovery = { kind: 'static', endpoints: { clusterName: '', localities: [], overprovisioningFactor: 140 } };

/** Where a cluster's endpoints come from. Fields of another kind of discovery are refused: they would do nothing. */
export function readDiscovery(reader: FieldReader<Cluster>, name: string): Discovery {
  const read = (type: Type, path: string): Discovery => {
    switch (type) {
      case Type.STATIC:
        return { kind: 'static', endpoints: readAssignment(reader, name, 'ip') };
      case Type.EDS:
        return readEds(reader, name);
      case Type.STRICT_DNS:
      case Type.LOGICAL_DNS:
        return readDns(reader, name, type === Type.STRICT_DNS);
      case Type.ORIGINAL_DST:
        return { kind: 'original-dst' };
      default:
        reader.reading.report(path, `${type} is not supported`);
        return none;
    }
  };
  // Without a type a cluster is static, as everywhere in proto3.
  return (
    reader.oneof<'clusterDiscoveryType', Discovery>('clusterDiscoveryType', { type: read }) ?? read(Type.STATIC, '')
  );
}

function readEds(reader: FieldReader<Cluster>, name: string): Discovery {
  const eds = reader.message('edsClusterConfig');
  const source = eds?.message('edsConfig');
  if (!eds || !source) {
    reader.refuse('edsClusterConfig', 'needs eds_config: the cluster is of type EDS');
    return none;
  }
  const serviceName = eds.take('serviceName');
  return {
    kind: 'eds',
    serviceName: serviceName === '' ? name : serviceName,
    fetchTimeoutMs: readAdsSource(source),
  };
}

function readDns(reader: FieldReader<Cluster>, name: string, strict: boolean): Discovery {
  const endpoints = readAssignment(reader, name, 'name');
  const count = endpoints.localities.reduce((sum, locality) => sum + locality.endpoints.length, 0);
  if (!strict && count !== 1) reader.refuse('loadAssignment', 'must have exactly one endpoint');
  return {
    kind: 'dns',
    strict,
    endpoints,
    refreshMs: reader.duration('dnsRefreshRate') ?? dnsRefreshMs,
    lookupFamily: reader.choice('dnsLookupFamily', families) ?? 'auto',
    respectTtl: reader.take('respectDnsTtl'),
  };
}

function readAssignment(reader: FieldReader<Cluster>, name: string, host: 'ip' | 'name'): EndpointsConfig {
  const assignment = reader.message('loadAssignment');
  return assignment
    ? readEndpoints(assignment, host)
    : { clusterName: name, localities: [], overprovisioningFactor: 140 };
}
