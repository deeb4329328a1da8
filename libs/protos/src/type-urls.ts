import { ClusterSchema } from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from './gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from './gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from './gen/envoy/config/route/v3/route_pb.ts';
import { SecretSchema } from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import { typeUrlOf } from './encoded-resource.ts';

/** The xDS types that Malla serves, by their short names. */
export const typeUrls = {
  cluster: typeUrlOf(ClusterSchema),
  endpoint: typeUrlOf(ClusterLoadAssignmentSchema),
  listener: typeUrlOf(ListenerSchema),
  route: typeUrlOf(RouteConfigurationSchema),
  secret: typeUrlOf(SecretSchema),
} as const;

/**
 * The order of delivery that loses no request (make before break): what is referenced comes before what refers to it.
 * Source: Envoy, "Eventual consistency considerations" of the xDS protocol.
 */
export const deliveryOrder: readonly string[] = [
  typeUrls.cluster,
  typeUrls.endpoint,
  typeUrls.listener,
  typeUrls.route,
  typeUrls.secret,
];
