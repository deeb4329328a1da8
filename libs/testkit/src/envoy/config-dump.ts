import { at } from '../conformance/paths.ts';

/** What can be looked up in a configuration dump. */
export type DumpedKind = 'cluster' | 'routes' | 'listener' | 'endpoints';

/** How the dump holds each kind: the section's type, the list in it, and where an entry has the resource. */
const sections: Readonly<
  Record<DumpedKind, { readonly type: string; readonly list: string; readonly resource: string; readonly name: string }>
> = {
  cluster: { type: 'ClustersConfigDump', list: 'dynamic_active_clusters', resource: 'cluster', name: 'name' },
  routes: { type: 'RoutesConfigDump', list: 'dynamic_route_configs', resource: 'route_config', name: 'name' },
  listener: { type: 'ListenersConfigDump', list: 'dynamic_listeners', resource: 'active_state.listener', name: 'name' },
  endpoints: {
    type: 'EndpointsConfigDump',
    list: 'dynamic_endpoint_configs',
    resource: 'endpoint_config',
    name: 'cluster_name',
  },
};

/** One resource of `/config_dump?include_eds`, in Envoy's own JSON (snake case); undefined when Envoy does not have it. */
export function dumpedResource(dump: string, kind: DumpedKind, name: string): unknown {
  const { type, list, resource, name: nameField } = sections[kind];
  const { configs } = JSON.parse(dump) as { configs: Record<string, unknown>[] };
  return configs
    .filter((config) => String(config['@type']).endsWith(type))
    .flatMap((config) => (config[list] ?? []) as unknown[])
    .map((entry) => at(entry, resource))
    .find((found) => at(found, nameField) === name);
}
