import type { DataPlane, DestinationIr, EndpointSetIr, OutboundIr, SecretIr } from '@malla/ir';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { outboundCluster } from './cluster/outbound-cluster.ts';
import { clusterLoadAssignment } from './endpoints.ts';
import { NodeMemo } from './node-memo.ts';
import { RouteConfigs } from './route/route-config.ts';
import { secret } from './secret.ts';

/** The resources of one type by name. */
export type ByName = ReadonlyMap<string, EncodedResource>;

/** Endpoints and secrets have the same bytes for every data plane. */
const endpointSets = new NodeMemo<EndpointSetIr, EncodedResource>();
const secrets = new NodeMemo<SecretIr, EncodedResource>();

/** The outbound half for one data plane; each node of IR is encoded once, each list of nodes collected once. */
export class OutboundResources {
  readonly #dataPlane: DataPlane;
  readonly #destinations = new NodeMemo<DestinationIr, EncodedResource>();
  readonly #routeConfigs: RouteConfigs;
  readonly #collected = new NodeMemo<readonly object[], ByName>();

  constructor(dataPlane: DataPlane) {
    this.#dataPlane = dataPlane;
    this.#routeConfigs = new RouteConfigs(dataPlane);
  }

  clusters({ destinations }: OutboundIr): ByName {
    return this.#collected.of(destinations, () => {
      const served = this.#dataPlane === 'grpc' ? destinations.filter(servedToClients) : destinations;
      return byName(served.map((node) => this.#destinations.of(node, (ir) => this.#cluster(ir))));
    });
  }

  endpoints({ endpoints }: OutboundIr): ByName {
    return this.#collected.of(endpoints, () =>
      byName(
        endpoints.filter(({ lookedUp }) => lookedUp !== true).map((node) => endpointSets.of(node, encodeEndpoints)),
      ),
    );
  }

  routes({ routeConfigs }: OutboundIr): ByName {
    return this.#collect(routeConfigs, (node) => this.#routeConfigs.encode(node));
  }

  secrets(outbound: OutboundIr): ByName {
    return this.#collect(outbound.secrets, (node) => secrets.of(node, encodeSecret));
  }

  #collect<Node extends object>(nodes: readonly Node[], encode: (node: Node) => EncodedResource): ByName {
    return this.#collected.of(nodes, () => byName(nodes.map(encode)));
  }

  #cluster(destination: DestinationIr): EncodedResource {
    return encodeResource(ClusterSchema, destination.name, outboundCluster(destination, this.#dataPlane));
  }
}

/**
 * gRPC clients take no certificates from us, so they cannot do what a DestinationRule says of TLS. A cluster that must be TLS is
 * left out: calls fail as UNAVAILABLE instead of going out as plain text. Nor do they know clusters of several names (gRFC A37), or captured connections.
 */
function servedToClients({ tls, lookedUp, originalDestination }: DestinationIr): boolean {
  const listed = lookedUp === undefined && originalDestination !== true;
  return (tls.kind === 'auto' || tls.kind === 'plain') && listed;
}

/** Resources by name; two of one name are a mistake of whoever named them. */
export function byName(resources: readonly EncodedResource[]): ByName {
  const map = new Map(resources.map((resource) => [resource.name, resource]));
  if (map.size === resources.length) return map;
  const twice = resources.find((resource) => map.get(resource.name) !== resource);
  throw new Error(`two resources of ${twice?.typeUrl} are named ${twice?.name}`);
}

function encodeEndpoints(set: EndpointSetIr): EncodedResource {
  return encodeResource(ClusterLoadAssignmentSchema, set.cluster, clusterLoadAssignment(set));
}

function encodeSecret(ir: SecretIr): EncodedResource {
  return encodeResource(SecretSchema, ir.name, secret(ir));
}
