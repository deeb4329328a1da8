/** An object of parsed JSON. */
export type JsonObject = { readonly [field: string]: unknown };

const empty: JsonObject = {};

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * The value below a path of field names, or undefined. Names are given as in the proto (`route_config`); their JSON form
 * (`routeConfig`) is found too, since Envoy prints the first and protobuf's JSON mapping the second.
 */
export function at(value: unknown, ...path: string[]): unknown {
  let node = value;
  for (const name of path) {
    if (!isObject(node)) return undefined;
    node = node[name] ?? node[name.replaceAll(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())];
  }
  return node;
}

export function objectAt(value: unknown, ...path: string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : empty;
}

export function listAt(value: unknown, ...path: string[]): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** Text of a string, number or boolean; empty for anything else. */
export function textAt(value: unknown, ...path: string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

export function textsAt(value: unknown, ...path: string[]): readonly string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
}
