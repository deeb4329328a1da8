import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { Accepted } from '../xds/accepted.ts';
import type { Configuration } from '../xds/configuration.ts';
import { endpointsOfCluster } from '../xds/references.ts';
import { bootstrapJson, resourceJson } from './json-resources.ts';

export interface ConfigDumpParams {
  readonly configuration: Configuration;
  /** The bootstrap's file. */
  readonly bootstrapText: string;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
}

const admin = 'type.googleapis.com/envoy.admin.v3.';

/** Sections of Envoy's /config_dump. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/admin/v3/config_dump.proto */
export function configDump(params: ConfigDumpParams, includeEds: boolean): readonly JsonObject[] {
  const { configuration, startedAt } = params;
  const bootstrap = bootstrapJson(params.bootstrapText);
  return [
    { '@type': `${admin}BootstrapConfigDump`, bootstrap, last_updated: time(startedAt) },
    clustersDump(params, bootstrap),
    ...(includeEds ? [endpointsDump(configuration)] : []),
    listenersDump(params, bootstrap),
    { '@type': `${admin}ScopedRoutesConfigDump` },
    routesDump(params, bootstrap),
    secretsDump(configuration),
  ];
}

function clustersDump({ configuration, startedAt }: ConfigDumpParams, bootstrap: JsonObject): JsonObject {
  const active = [...configuration.activeClusters.values()].filter(isDynamic);
  const warming = configuration.warmingClusters.filter(isDynamic);
  const entry = (each: Accepted) => ({ ...versionOf(each), cluster: jsonOf(each), last_updated: time(each.updatedAt) });
  return section('ClustersConfigDump', {
    version_info: active[0]?.resource?.version ?? '',
    static_clusters: fixed(bootstrap, 'clusters', 'cluster', startedAt, 'envoy.config.cluster.v3.Cluster'),
    dynamic_active_clusters: active.map(entry),
    dynamic_warming_clusters: warming.map(entry),
  });
}

function listenersDump({ configuration, startedAt }: ConfigDumpParams, bootstrap: JsonObject): JsonObject {
  const dynamic = new Map<string, JsonObject>();
  const add = (state: string, each: Accepted): void => {
    const held = { ...versionOf(each), listener: jsonOf(each), last_updated: time(each.updatedAt) };
    dynamic.set(each.name, { ...(dynamic.get(each.name) ?? { name: each.name }), [state]: held });
  };
  for (const each of configuration.activeListeners.values()) if (isDynamic(each)) add('active_state', each);
  for (const each of configuration.warmingListeners) if (isDynamic(each)) add('warming_state', each);
  return section('ListenersConfigDump', {
    static_listeners: fixed(bootstrap, 'listeners', 'listener', startedAt, 'envoy.config.listener.v3.Listener'),
    dynamic_listeners: [...dynamic.values()],
  });
}

function routesDump({ configuration, startedAt }: ConfigDumpParams, bootstrap: JsonObject): JsonObject {
  const listeners = [...configuration.activeListeners.values()].filter(isDynamic);
  return section('RoutesConfigDump', {
    static_route_configs: [
      ...staticResources(bootstrap, 'listeners').flatMap((listener) => inlineRoutes(listener, startedAt)),
      ...listeners.flatMap((each) => inlineRoutes(jsonOf(each), each.updatedAt)),
    ],
    dynamic_route_configs: configuration.routes.values().map((each) => ({
      ...versionOf(each),
      route_config: jsonOf(each),
      last_updated: time(each.updatedAt),
    })),
  });
}

function endpointsDump(configuration: Configuration): JsonObject {
  const used = new Set(
    [...configuration.activeClusters.values()].map(({ config }) => endpointsOfCluster(config)?.name),
  );
  const known = configuration.endpoints.values().filter(({ name }) => used.has(name));
  return section('EndpointsConfigDump', {
    dynamic_endpoint_configs: known.map((each) => ({ endpoint_config: jsonOf(each) })),
  });
}

function secretsDump(configuration: Configuration): JsonObject {
  return section('SecretsConfigDump', {
    dynamic_active_secrets: configuration.secrets.values().map((each) => ({
      name: each.name,
      ...versionOf(each),
      last_updated: time(each.updatedAt),
      secret: jsonOf(each),
    })),
  });
}

/** Routes that stand in their listener are static ones to Envoy. */
function inlineRoutes(listener: JsonObject, updatedAt: number): JsonObject[] {
  const chains = [...objects(listener['filter_chains']), ...objects([listener['default_filter_chain'] ?? null])];
  const managers = chains.flatMap((chain) => objects(chain['filters']).map((filter) => filter['typed_config']));
  const routes = objects(managers.map((manager) => (manager as JsonObject | undefined)?.['route_config'] ?? null));
  const type = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
  return routes.map((config) => ({ route_config: { '@type': type, ...config }, last_updated: time(updatedAt) }));
}

function objects(list: JsonValue | undefined): JsonObject[] {
  return ((list ?? []) as JsonValue[]).filter((each) => each !== null && typeof each === 'object') as JsonObject[];
}

/** Empty lists and texts are left out, as in all of protobuf's JSON. */
function section(name: string, fields: Readonly<Record<string, JsonValue>>): JsonObject {
  const set = Object.entries(fields).filter(([, value]) => value !== '' && (value as JsonValue[]).length !== 0);
  return { '@type': admin + name, ...Object.fromEntries(set) };
}

function fixed(bootstrap: JsonObject, list: string, field: string, startedAt: number, type: string): JsonObject[] {
  return staticResources(bootstrap, list).map((resource) => ({
    [field]: { '@type': `type.googleapis.com/${type}`, ...resource },
    last_updated: time(startedAt),
  }));
}

function staticResources(bootstrap: JsonObject, list: string): JsonObject[] {
  return objects((bootstrap['static_resources'] as JsonObject | undefined)?.[list]);
}

function isDynamic({ resource }: Accepted): boolean {
  return resource !== undefined;
}

function versionOf({ resource }: Accepted): { version_info: string } {
  return { version_info: resource?.version ?? '' };
}

function jsonOf({ resource }: Accepted): JsonObject {
  return resource === undefined ? {} : resourceJson(resource);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
