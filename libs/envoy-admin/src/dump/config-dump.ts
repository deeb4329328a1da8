import { at, isObject, listAt, objectAt, textAt, type JsonObject } from '../json.ts';

/** Where a resource of a dump stands in the proxy's life. */
export type DumpState = 'static' | 'active' | 'warming' | 'draining';

/** One resource of a config dump. */
export interface DumpEntry {
  readonly name: string;
  readonly state: DumpState;
  /** Version of the xDS response that brought it; empty for static ones. */
  readonly version: string;
  readonly lastUpdated: string;
  /** The resource as JSON of its proto. */
  readonly config: JsonObject;
}

/** What a proxy runs with: Envoy's /config_dump?include_eds, by type. */
export interface ConfigDump {
  readonly bootstrap: JsonObject | undefined;
  readonly clusters: readonly DumpEntry[];
  readonly listeners: readonly DumpEntry[];
  readonly routes: readonly DumpEntry[];
  readonly endpoints: readonly DumpEntry[];
  readonly secrets: readonly DumpEntry[];
  readonly extensions: readonly DumpEntry[];
}

/** One list of a section: where it is, what it holds, how its entries stand. */
interface Part {
  readonly list: string;
  readonly resource: string;
  readonly state: DumpState;
}

const parts = {
  ClustersConfigDump: [
    { list: 'static_clusters', resource: 'cluster', state: 'static' },
    { list: 'dynamic_active_clusters', resource: 'cluster', state: 'active' },
    { list: 'dynamic_warming_clusters', resource: 'cluster', state: 'warming' },
  ],
  RoutesConfigDump: [
    { list: 'static_route_configs', resource: 'route_config', state: 'static' },
    { list: 'dynamic_route_configs', resource: 'route_config', state: 'active' },
  ],
  EndpointsConfigDump: [
    { list: 'static_endpoint_configs', resource: 'endpoint_config', state: 'static' },
    { list: 'dynamic_endpoint_configs', resource: 'endpoint_config', state: 'active' },
  ],
  SecretsConfigDump: [
    { list: 'static_secrets', resource: 'secret', state: 'static' },
    { list: 'dynamic_active_secrets', resource: 'secret', state: 'active' },
    { list: 'dynamic_warming_secrets', resource: 'secret', state: 'warming' },
  ],
  EcdsConfigDump: [{ list: 'ecds_filters', resource: 'ecds_filter', state: 'active' }],
} as const satisfies Record<string, readonly Part[]>;

/**
 * Reads a config dump (parsed JSON). Sections that are missing are empty; fields that are not known stay in `config`.
 * Throws a TypeError for JSON that is not a config dump. Source: envoy/admin/v3/config_dump.proto.
 */
export function parseConfigDump(json: unknown): ConfigDump {
  if (!isObject(json) || !Array.isArray(json['configs']))
    throw new TypeError('not a config dump of Envoy: it has no "configs"');
  const sections = listAt(json, 'configs');
  const section = (name: string) => sections.filter((s) => textAt(s, '@type').endsWith(`.${name}`));
  const entries = (name: keyof typeof parts) =>
    section(name).flatMap((s) => parts[name].flatMap((part) => readPart(s, part)));
  const bootstrap = section('BootstrapConfigDump')[0];
  return {
    bootstrap: bootstrap === undefined ? undefined : objectAt(bootstrap, 'bootstrap'),
    clusters: entries('ClustersConfigDump'),
    listeners: section('ListenersConfigDump').flatMap(readListeners),
    routes: entries('RoutesConfigDump'),
    endpoints: entries('EndpointsConfigDump'),
    secrets: entries('SecretsConfigDump'),
    extensions: entries('EcdsConfigDump'),
  };
}

function readPart(section: JsonObject, part: Part): DumpEntry[] {
  return listAt(section, part.list).map((item) => entry(item, objectAt(item, part.resource), part.state));
}

function entry(item: JsonObject, config: JsonObject, state: DumpState): DumpEntry {
  const name = textAt(config, 'name') || textAt(config, 'cluster_name') || textAt(item, 'name');
  return { name, state, version: textAt(item, 'version_info'), lastUpdated: textAt(item, 'last_updated'), config };
}

/** Dynamic listeners have up to three states at once, each with its own configuration. */
function readListeners(section: JsonObject): DumpEntry[] {
  const fixed = listAt(section, 'static_listeners').map((item) => entry(item, objectAt(item, 'listener'), 'static'));
  const dynamic = listAt(section, 'dynamic_listeners').flatMap((item) =>
    (['active', 'warming', 'draining'] as const).flatMap((state) => {
      const held = at(item, `${state}_state`);
      return isObject(held) ? [entry(held, objectAt(held, 'listener'), state)] : [];
    }),
  );
  return [...fixed, ...dynamic];
}
