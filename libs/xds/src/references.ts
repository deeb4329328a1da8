import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { Cluster_DiscoveryType, ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import type { Route } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import {
  HttpConnectionManagerSchema,
  type HttpConnectionManager,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';

/** A resource that another one needs. */
export interface Reference {
  readonly typeUrl: string;
  readonly name: string;
}

const memo = new WeakMap<EncodedResource, readonly Reference[]>();

/**
 * What a resource refers to by discovery: the endpoints of a cluster, the routes of a listener. Computed once per
 * resource; other types refer to nothing. Throws when the bytes are not a message of their type.
 */
export function referencesOf(resource: EncodedResource): readonly Reference[] {
  const known = memo.get(resource);
  if (known) return known;
  const references = readReferences(resource);
  memo.set(resource, references);
  return references;
}

const clustersMemo = new WeakMap<EncodedResource, ReadonlySet<string>>();

/** The clusters that a route configuration sends requests to (mirrors left out). They may be missing: then it answers 503. */
export function clustersOfRoutes(resource: EncodedResource): ReadonlySet<string> {
  const known = clustersMemo.get(resource);
  if (known) return known;
  const config = fromBinary(RouteConfigurationSchema, resource.any.value);
  const clusters = new Set(config.virtualHosts.flatMap((host) => host.routes.flatMap(clustersOfRoute)));
  clustersMemo.set(resource, clusters);
  return clusters;
}

function clustersOfRoute({ action }: Route): readonly string[] {
  if (action.case !== 'route') return [];
  const specifier = action.value.clusterSpecifier;
  if (specifier.case === 'cluster') return [specifier.value];
  return specifier.case === 'weightedClusters' ? specifier.value.clusters.map((cluster) => cluster.name) : [];
}

function readReferences(resource: EncodedResource): readonly Reference[] {
  switch (resource.typeUrl) {
    case typeUrls.cluster:
      return clusterReferences(resource);
    case typeUrls.listener:
      return listenerReferences(fromBinary(ListenerSchema, resource.any.value));
    default:
      return [];
  }
}

function clusterReferences(resource: EncodedResource): readonly Reference[] {
  const cluster = fromBinary(ClusterSchema, resource.any.value);
  const { clusterDiscoveryType } = cluster;
  if (clusterDiscoveryType.case !== 'type' || clusterDiscoveryType.value !== Cluster_DiscoveryType.EDS) return [];
  return [{ typeUrl: typeUrls.endpoint, name: cluster.edsClusterConfig?.serviceName || cluster.name }];
}

function listenerReferences(listener: Listener): readonly Reference[] {
  const chains = listener.defaultFilterChain
    ? [...listener.filterChains, listener.defaultFilterChain]
    : listener.filterChains;
  const configs = chains.flatMap((chain) =>
    chain.filters.flatMap((filter) => (filter.configType.case === 'typedConfig' ? [filter.configType.value] : [])),
  );
  if (listener.apiListener?.apiListener) configs.push(listener.apiListener.apiListener);
  const names = configs.flatMap((config) => routeNames(anyUnpack(config, HttpConnectionManagerSchema)));
  return [...new Set(names)].map((name) => ({ typeUrl: typeUrls.route, name }));
}

function routeNames(manager: HttpConnectionManager | undefined): readonly string[] {
  return manager?.routeSpecifier.case === 'rds' ? [manager.routeSpecifier.value.routeConfigName] : [];
}
