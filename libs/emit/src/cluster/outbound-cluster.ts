import { create } from '@bufbuild/protobuf';
import type { DataPlane, DestinationIr } from '@malla/ir';
import {
  Cluster_DiscoveryType,
  ClusterSchema,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { istioMetadata, originFields } from '../origin.ts';
import { destinationLabels } from '../telemetry/labels.ts';
import { byAds } from '../wire/config-source.ts';
import { duration } from '../wire/duration.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { httpProtocolOptions } from './http-protocol-options.ts';
import { loadBalancer } from './load-balancer.ts';
import { outlierDetection } from './outlier-detection.ts';
import { upstreamTls } from './upstream-tls.ts';

/** The cluster of a destination; its endpoints come by EDS under the same name. */
export function outboundCluster(destination: DestinationIr, dataPlane: DataPlane): Cluster {
  const { name, outlier, pool } = destination;
  return create(ClusterSchema, {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: byAds, serviceName: name },
    connectTimeout: duration(destination.connectTimeoutMs),
    ...loadBalancer(destination.loadBalancer, dataPlane),
    circuitBreakers: circuitBreakers(pool),
    ...(outlier && { outlierDetection: outlierDetection(outlier) }),
    // Envoy's panic mode would send to endpoints that are known to be unhealthy.
    commonLbConfig: { healthyPanicThreshold: { value: outlier?.minHealthPercent ?? 0 } },
    ...(dataPlane !== 'grpc' && {
      ...upstreamTls(destination.tls, destination.protocol),
      typedExtensionProtocolOptions: httpProtocolOptions(destination),
    }),
    metadata: metadata(destination),
  });
}

function metadata(destination: DestinationIr) {
  const { service, port, subset, origin } = destination;
  const { filterMetadata } = istioMetadata({
    ...originFields(origin),
    services: [{ host: service.host, name: service.name, namespace: service.namespace }],
    default_original_port: port,
    ...(subset !== '' && { subset }),
  });
  return { filterMetadata: { ...filterMetadata, ...destinationLabels(destination) } };
}
