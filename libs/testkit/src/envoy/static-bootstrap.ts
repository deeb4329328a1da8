import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack, type Any } from '@bufbuild/protobuf/wkt';
import { agentAccessLogCluster, agentPolicyCluster, agentSdsCluster, agentXdsCluster } from '@malla/ir';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { BootstrapSchema } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import {
  Cluster_DiscoveryType,
  ClusterSchema,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ApiConfigSource_ApiType, ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema, type RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { ResourceSet } from '@malla/xds';

/**
 * A bootstrap (binary) with all resources in it, for `envoy --mode validate`: routes are put into their listeners, endpoints into clusters
 * of their own, so that Envoy looks at every byte. API listeners and secrets are left out; Envoy takes neither there.
 */
export function staticBootstrap(resources: ResourceSet): Uint8Array {
  const of = (typeUrl: string): EncodedResource[] => [...(resources.get(typeUrl)?.values() ?? [])];
  const routes = new Map(
    of(typeUrls.route).map((r) => [r.name, fromBinary(RouteConfigurationSchema, r.any.value)] as const),
  );
  const listeners = of(typeUrls.listener)
    .map((r) => fromBinary(ListenerSchema, r.any.value))
    .filter((listener) => listener.apiListener === undefined);
  for (const listener of listeners) inlineRoutes(listener, routes);
  const bootstrap = create(BootstrapSchema, {
    node: { id: 'test', cluster: 'test' },
    dynamicResources: {
      adsConfig: {
        apiType: ApiConfigSource_ApiType.DELTA_GRPC,
        transportApiVersion: ApiVersion.V3,
        grpcServices: [{ targetSpecifier: { case: 'envoyGrpc', value: { clusterName: agentXdsCluster } } }],
      },
    },
    staticResources: {
      listeners,
      clusters: [
        ...[agentXdsCluster, agentSdsCluster, agentAccessLogCluster, agentPolicyCluster].map(agentCluster),
        ...of(typeUrls.cluster).map((r) => fromBinary(ClusterSchema, r.any.value)),
        ...of(typeUrls.endpoint).map(endpointsCluster),
      ],
    },
  });
  return toBinary(BootstrapSchema, bootstrap);
}

function inlineRoutes(listener: Listener, routes: ReadonlyMap<string, RouteConfiguration>): void {
  for (const filter of listener.filterChains.flatMap((chain) => chain.filters)) {
    if (filter.configType.case !== 'typedConfig') continue;
    const inlined = withRoutes(filter.configType.value, routes);
    if (inlined) filter.configType.value = inlined;
  }
}

function withRoutes(config: Any, routes: ReadonlyMap<string, RouteConfiguration>): Any | undefined {
  const manager = anyUnpack(config, HttpConnectionManagerSchema);
  if (manager?.routeSpecifier.case !== 'rds') return undefined;
  const value = routes.get(manager.routeSpecifier.value.routeConfigName);
  if (!value) throw new Error(`no routes ${manager.routeSpecifier.value.routeConfigName}`);
  manager.routeSpecifier = { case: 'routeConfig', value };
  return anyPack(HttpConnectionManagerSchema, manager);
}

function agentCluster(name: string): Cluster {
  return create(ClusterSchema, { name, clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC } });
}

function endpointsCluster(resource: EncodedResource): Cluster {
  const loadAssignment = fromBinary(ClusterLoadAssignmentSchema, resource.any.value);
  return create(ClusterSchema, {
    name: `endpoints of ${resource.name}`,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    loadAssignment,
  });
}
