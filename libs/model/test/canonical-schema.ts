/** A schema as JSON. */
export type Json = { readonly [key: string]: unknown };

/** Keywords that say the same in both, or nothing: descriptions are our own words; the platform refuses unknown fields, a cluster drops them. */
const ignored = new Set(['description', 'x-kubernetes-group-version-kind', 'title', 'example', 'externalDocs']);
const bounds32 = [-2_147_483_648, 2_147_483_647] as const;

/**
 * A structural schema with one way to write each thing, so that two can be compared keyword by keyword: without descriptions, sorted
 * where order means nothing, without what is the default anyway (lists are atomic, lengths begin at 0).
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function canonicalSchema(schema: Json): Json {
  const node: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (ignored.has(key) || value === undefined || saysNothing(key, value)) continue;
    node[key] = canonicalValue(key, value);
  }
  if (node['x-kubernetes-int-or-string'] === true) {
    for (const key of ['anyOf', 'type']) delete node[key];
  }
  if (node['type'] === 'integer') dropBoundsOfType(node);
  return node;
}

function saysNothing(key: string, value: unknown): boolean {
  if (key === 'additionalProperties') return value === false || Object.keys(value as object).length === 0;
  if (key === 'minLength' || key === 'minItems' || key === 'minProperties') return value === 0;
  return value === 'atomic' && key === 'x-kubernetes-list-type';
}

function canonicalValue(key: string, value: unknown): unknown {
  switch (key) {
    case 'properties':
      return Object.fromEntries(Object.entries(value as object).map(([name, field]) => [name, canonicalSchema(field)]));
    case 'items':
    case 'additionalProperties':
    case 'not':
      return canonicalSchema(value as Json);
    case 'oneOf':
    case 'anyOf':
    case 'allOf':
      return sorted((value as Json[]).map(canonicalSchema));
    case 'enum':
    case 'required':
      return sorted(value as unknown[]);
    case 'pattern':
      return (value as string).replaceAll('\\/', '/');
    case 'x-kubernetes-validations':
      return (value as Json[]).map(canonicalRule);
    default:
      return value;
  }
}

/** White space between the parts of a rule has no meaning. */
function canonicalRule(rule: Json): Json {
  return Object.fromEntries(
    Object.entries(rule)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : value])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );
}

/** The bounds that a number type has by itself: of JavaScript's whole numbers, and those of `format: int32`. */
function dropBoundsOfType(node: Record<string, unknown>): void {
  if (node['minimum'] === Number.MIN_SAFE_INTEGER) delete node['minimum'];
  if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum'];
  if (node['minimum'] === bounds32[0]) delete node['minimum'];
  if (node['maximum'] === bounds32[1]) delete node['maximum'];
}

function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort((a, b) => (stable(a) < stable(b) ? -1 : 1));
}

/** JSON with sorted keys: equal for equal values. */
export function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? 'nothing'
  );
}
