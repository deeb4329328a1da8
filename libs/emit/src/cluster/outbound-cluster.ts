import { create } from '@bufbuild/protobuf';
import type { DataPlane, DestinationIr } from '@malla/ir';
import {
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
  ClusterSchema,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { clusterLoadAssignment } from '../endpoints.ts';
import { istioMetadata, originFields } from '../origin.ts';
import { destinationLabels } from '../telemetry/labels.ts';
import { byAds } from '../wire/config-source.ts';
import { duration } from '../wire/duration.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { httpProtocolOptions } from './http-protocol-options.ts';
import { loadBalancer } from './load-balancer.ts';
import { outlierDetection } from './outlier-detection.ts';
import { upstreamTls } from './upstream-tls.ts';

/** The cluster of a destination; its endpoints come by EDS under the same name, unless the client chooses them. */
export function outboundCluster(destination: DestinationIr, dataPlane: DataPlane): Cluster {
  const { name, outlier, pool } = destination;
  return create(ClusterSchema, {
    name,
    connectTimeout: duration(destination.connectTimeoutMs),
    ...(destination.originalDestination === true ? originalDestination : byEndpoints(destination, dataPlane)),
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

/** Where the connection was going: the client has chosen already. */
const originalDestination = {
  clusterDiscoveryType: { case: 'type' as const, value: Cluster_DiscoveryType.ORIGINAL_DST },
  lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
};

/** As often as Istio looks names up, unless their own time to live says otherwise. */
const dnsRefreshMs = 60_000;

function byEndpoints({ name, loadBalancer: balancer, lookedUp }: DestinationIr, dataPlane: DataPlane) {
  if (lookedUp !== undefined)
    return {
      clusterDiscoveryType: { case: 'type' as const, value: Cluster_DiscoveryType.STRICT_DNS },
      dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED,
      dnsRefreshRate: duration(dnsRefreshMs),
      respectDnsTtl: true,
      loadAssignment: clusterLoadAssignment(lookedUp),
      ...loadBalancer(balancer, dataPlane),
    };
  return {
    clusterDiscoveryType: { case: 'type' as const, value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: byAds, serviceName: name },
    ...loadBalancer(balancer, dataPlane),
  };
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
