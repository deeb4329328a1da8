import { create } from '@bufbuild/protobuf';
import { blackHoleCluster, passthroughCluster } from '@malla/ir';
import {
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { namedDestination } from '../telemetry/labels.ts';
import { duration } from '../wire/duration.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { sameHttpProtocolOptions } from './http-protocol-options.ts';

const connectTimeout = duration(10_000);

/** Traffic to where it was going, for destinations outside the mesh. */
export function passthrough(): Cluster {
  return create(ClusterSchema, {
    name: passthroughCluster,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    connectTimeout,
    circuitBreakers: circuitBreakers({}),
    typedExtensionProtocolOptions: sameHttpProtocolOptions(),
    metadata: { filterMetadata: namedDestination(passthroughCluster) },
  });
}

/** Traffic to nowhere. */
export function blackHole(): Cluster {
  return create(ClusterSchema, {
    name: blackHoleCluster,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout,
    metadata: { filterMetadata: namedDestination(blackHoleCluster) },
  });
}
