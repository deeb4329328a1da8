import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './canonical-schema.ts';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const gvkKey = 'x-kubernetes-group-version-kind';

/**
 * Schemas of Kubernetes' own kinds, by `group/kind` of version v1, from the OpenAPI documents of an API server (`kubectl get --raw
 * /openapi/v3/api/v1` and the like) which stand as JSON files below a folder. References are replaced by what they name.
 */
export function upstreamOpenApi(folder: string): ReadonlyMap<string, Json> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  const found = new Map<string, Json>();
  for (const name of files) {
    const { components } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Document;
    for (const schema of Object.values(components?.schemas ?? {})) {
      const [own, ...more] = (schema[gvkKey] ?? []) as readonly GroupVersionKind[];
      if (own === undefined || more.length > 0 || own.version !== 'v1') continue;
      found.set(`${own.group}/${own.kind}`, inline(schema, components.schemas, []) as Json);
    }
  }
  return found;
}

/** Numbers or texts, which OpenAPI 3.0 writes in more than one way. */
const intOrString = /\.(IntOrString|Quantity)$/;

function inline(node: unknown, schemas: Document['components']['schemas'], within: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => inline(item, schemas, within));
  if (node === null || typeof node !== 'object') return node;
  const { allOf, ...own } = node as Json & { readonly allOf?: readonly Json[] };
  const { $ref, ...rest } = { ...own, ...(allOf?.length === 1 ? allOf[0] : {}) } as Json;
  const name = typeof $ref === 'string' ? $ref.slice($ref.lastIndexOf('/') + 1) : undefined;
  if (name === undefined) return inlineParts(rest, schemas, within);
  if (intOrString.test(name)) return { 'x-kubernetes-int-or-string': true };
  if (within.includes(name)) return { type: 'object' };
  const target = inline(schemas[name] ?? {}, schemas, [...within, name]) as Json;
  return { ...target, ...inlineParts(rest, schemas, within) };
}

function inlineParts(node: Json, schemas: Document['components']['schemas'], within: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === 'properties' ? inlineParts(value as Json, schemas, within) : inline(value, schemas, within),
    ]),
  );
}
