import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** What a query of /config_dump asks for; `status` is set when it cannot be answered. */
export type DumpAnswer =
  { readonly configs: readonly JsonValue[] } | { readonly status: number; readonly message: string };

/**
 * Applies `resource`, `mask` and `name_regex` to a dump. Source: Envoy, "GET /config_dump": without `resource` the mask is of the whole dump's sections,
 * with it of each entry.
 */
export function queryDump(sections: readonly JsonObject[], query: URLSearchParams): DumpAnswer {
  const resource = query.get('resource');
  const mask = query
    .get('mask')
    ?.split(',')
    .filter((path) => path !== '');
  const pattern = nameRegex(query.get('name_regex'));
  if (pattern === 'wrong') return { status: 400, message: 'Error while parsing name_regex from /config_dump\n' };
  if (resource === null) return { configs: sections.map((each) => masked(named(each, pattern), mask)) };
  const section = sections.find((each) => each[resource] !== undefined);
  if (section === undefined)
    return knownLists.has(resource)
      ? { configs: [] }
      : { status: 404, message: `${resource} not found in config dump` };
  const value = section[resource] as JsonValue;
  if (!Array.isArray(value))
    return {
      status: 400,
      message: `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`,
    };
  const type = typeOf(section, resource);
  const entries = value.filter((entry) => matches(entry, pattern));
  return { configs: entries.map((entry) => masked({ '@type': type, ...(entry as JsonObject) }, mask)) };
}

/** Message of each list's entries, inside its section's. */
const entryTypes: Readonly<Record<string, string>> = {
  static_clusters: 'StaticCluster',
  dynamic_active_clusters: 'DynamicCluster',
  dynamic_warming_clusters: 'DynamicCluster',
  static_listeners: 'StaticListener',
  dynamic_listeners: 'DynamicListener',
  static_route_configs: 'StaticRouteConfig',
  dynamic_route_configs: 'DynamicRouteConfig',
  static_endpoint_configs: 'StaticEndpointConfig',
  dynamic_endpoint_configs: 'DynamicEndpointConfig',
  static_secrets: 'StaticSecret',
  dynamic_active_secrets: 'DynamicSecret',
  dynamic_warming_secrets: 'DynamicSecret',
};

const knownLists = new Set(Object.keys(entryTypes));

function typeOf(section: JsonObject, list: string): string {
  return `${String(section['@type'])}.${entryTypes[list] ?? ''}`;
}

function nameRegex(text: string | null): RegExp | undefined | 'wrong' {
  if (text === null) return undefined;
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    return 'wrong';
  }
}

function named(section: JsonObject, pattern: RegExp | undefined): JsonObject {
  if (pattern === undefined) return section;
  return Object.fromEntries(
    Object.entries(section).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.filter((entry) => matches(entry, pattern)) : value,
    ]),
  );
}

function matches(entry: JsonValue, pattern: RegExp | undefined): boolean {
  if (pattern === undefined) return true;
  const fields = Object.values(entry as JsonObject).filter((value) => value !== null && typeof value === 'object');
  const names = [entry, ...fields].flatMap((each) => {
    const { name, cluster_name: clusterName } = each as JsonObject;
    return [name, clusterName].filter((text) => typeof text === 'string');
  });
  return names.some((name) => pattern.test(name));
}

/** Keeps only what the paths name; `@type` stays. */
function masked(value: JsonValue, mask: readonly string[] | undefined): JsonValue {
  if (mask === undefined || mask.length === 0) return value;
  return pick(
    value,
    mask.map((path) => path.split('.')),
  );
}

function pick(value: JsonValue, paths: readonly (readonly string[])[]): JsonValue {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((each) => pick(each, paths));
  if (value === null || typeof value !== 'object') return value;
  const kept: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const deeper = paths.filter(([first]) => first === key).map((path) => path.slice(1));
    if (key === '@type') kept[key] = inner;
    else if (deeper.length > 0) kept[key] = pick(inner, deeper);
  }
  return kept;
}
