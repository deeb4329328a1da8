import type { EndpointConfig, EndpointsConfig, LocalityConfig } from '@malla/proxy-config';
import type { Locality } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { HealthStatus } from '@malla/protos/gen/envoy/config/core/v3/health_check_pb';
import type {
  LbEndpoint,
  LocalityLbEndpoints,
} from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_components_pb';
import type { ClusterLoadAssignment } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { readAddress, type HostKind } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';

const health = {
  [HealthStatus.UNKNOWN]: 'unknown',
  [HealthStatus.HEALTHY]: 'healthy',
  [HealthStatus.UNHEALTHY]: 'unhealthy',
  [HealthStatus.DRAINING]: 'draining',
  [HealthStatus.TIMEOUT]: 'timeout',
  [HealthStatus.DEGRADED]: 'degraded',
} as const;

const maxWeights = 0xffff_ffff;
/** Envoy's default, in percent. */
const overprovisioningFactor = 140;

/** The endpoints of a cluster, from EDS or in place. */
export function readEndpoints(reader: FieldReader<ClusterLoadAssignment>, host: HostKind): EndpointsConfig {
  const policy = reader.message('policy');
  return {
    clusterName: reader.take('clusterName'),
    localities: reader.messages('endpoints').map((locality) => readLocality(locality, host)),
    overprovisioningFactor: policy?.take('overprovisioningFactor') ?? overprovisioningFactor,
  };
}

function readLocality(reader: FieldReader<LocalityLbEndpoints>, host: HostKind): LocalityConfig {
  const endpoints = reader.messages('lbEndpoints').map((endpoint) => readEndpoint(endpoint, host));
  if (endpoints.reduce((sum, { weight }) => sum + weight, 0) > maxWeights) {
    reader.refuse('lbEndpoints', `the sum of weights must be at most ${maxWeights}`);
  }
  return {
    locality: readLocalityName(reader.message('locality')),
    priority: reader.take('priority'),
    weight: reader.take('loadBalancingWeight') ?? 0,
    endpoints,
  };
}

/** Where endpoints or a proxy are; absent: nowhere in particular. */
export function readLocalityName(reader: FieldReader<Locality> | undefined): LocalityConfig['locality'] {
  return {
    region: reader?.take('region') ?? '',
    zone: reader?.take('zone') ?? '',
    subZone: reader?.take('subZone') ?? '',
  };
}

function readEndpoint(reader: FieldReader<LbEndpoint>, host: HostKind): EndpointConfig {
  if (reader.caseOf('hostIdentifier') === undefined) reader.reading.report(reader.path, 'has no endpoint');
  const at = reader.oneof<'hostIdentifier', Pick<EndpointConfig, 'address' | 'hostname'>>('hostIdentifier', {
    endpoint: (endpoint) => {
      const address = endpoint.message('address');
      if (!address) endpoint.refuse('address', 'is required');
      return { address: readAddress(address, host), hostname: endpoint.take('hostname') };
    },
  });
  return {
    ...(at ?? { address: { kind: 'tcp', address: '0.0.0.0', port: 0 }, hostname: '' }),
    health: reader.choice('healthStatus', health) ?? 'unhealthy',
    weight: reader.take('loadBalancingWeight') ?? 1,
    metadata: readMetadata(reader.message('metadata')),
  };
}
