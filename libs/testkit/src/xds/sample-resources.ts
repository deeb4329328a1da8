import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { Cluster_DiscoveryType, ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { ResourceSet } from '@malla/xds';

/** A cluster whose endpoints come by EDS; another `tag` is another version. */
export function clusterResource(name: string, tag = ''): EncodedResource {
  return encodeResource(
    ClusterSchema,
    name,
    create(ClusterSchema, {
      name,
      altStatName: tag,
      clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    }),
  );
}

/** The (empty) endpoints of a cluster. */
export function endpointsResource(clusterName: string, tag = ''): EncodedResource {
  const namedEndpoints = { [tag]: {} };
  return encodeResource(
    ClusterLoadAssignmentSchema,
    clusterName,
    create(ClusterLoadAssignmentSchema, { clusterName, namedEndpoints }),
  );
}

/** A listener that needs one route configuration. */
export function listenerResource(name: string, routeConfigName: string, tag = ''): EncodedResource {
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix: tag,
    routeSpecifier: { case: 'rds', value: { routeConfigName } },
  });
  const filter = {
    name: 'hcm',
    configType: { case: 'typedConfig' as const, value: anyPack(HttpConnectionManagerSchema, manager) },
  };
  return encodeResource(ListenerSchema, name, create(ListenerSchema, { name, filterChains: [{ filters: [filter] }] }));
}

/** A route configuration that sends everything to one cluster. */
export function routesResource(name: string, cluster: string, tag = ''): EncodedResource {
  const action = { case: 'route' as const, value: { clusterSpecifier: { case: 'cluster' as const, value: cluster } } };
  return encodeResource(
    RouteConfigurationSchema,
    name,
    create(RouteConfigurationSchema, { name, virtualHosts: [{ name: tag, domains: ['*'], routes: [{ action }] }] }),
  );
}

/** A set of resources of any types. */
export function resourceSet(...resources: readonly EncodedResource[]): ResourceSet {
  const set = new Map<string, Map<string, EncodedResource>>();
  for (const resource of resources) {
    const ofType = set.get(resource.typeUrl) ?? new Map<string, EncodedResource>();
    set.set(resource.typeUrl, ofType.set(resource.name, resource));
  }
  return set;
}
