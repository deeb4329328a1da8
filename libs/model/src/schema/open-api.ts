import { z } from 'zod';
import type { KindDefinition, Payload } from '../kinds/kind-definition.ts';
import { kinds, objectSchema } from '../registry.ts';
import { duplicatesAllowed } from './structural.ts';

/** A schema object of OpenAPI 3.0 (https://spec.openapis.org/oas/v3.0.3#schema-object), as plain JSON. */
export type OpenApiSchema = { readonly [key: string]: unknown };

/** One version of a kind in OpenAPI. */
export interface OpenApiKind {
  readonly definition: KindDefinition;
  readonly version: string;
  /** Name under `components.schemas` (v3) or `definitions` (v2), such as `io.istio.networking.v1.VirtualService`. */
  readonly name: string;
  /** Schema of the whole object, self-contained (no `$ref`), with `x-kubernetes-group-version-kind`. */
  readonly schema: OpenApiSchema;
}

/**
 * Every served version of every kind, for /openapi/v2, /openapi/v3, `kubectl explain` and server-side apply. A schema is computed when it is
 * first read, and then kept; versions with the same fields share one.
 */
export function openApiSchemas(): readonly OpenApiKind[] {
  return openApiKinds;
}

const openApiKinds: readonly OpenApiKind[] = kinds.flatMap((definition) =>
  definition.versions.map((version) => {
    let schema: OpenApiSchema | undefined;
    return {
      definition,
      version,
      name: schemaName(definition, version),
      get schema(): OpenApiSchema {
        schema ??= {
          ...openApiSchemaOf(definition, version),
          'x-kubernetes-group-version-kind': [{ group: definition.group, version, kind: definition.kind }],
        };
        return schema;
      },
    };
  }),
);

const schemasOf = new WeakMap<KindDefinition, Map<Payload, OpenApiSchema>>();

/** The schema of the whole object of one kind, without its group, version and kind. Default: of the stored version. Do not change it: it is kept. */
export function openApiSchemaOf(
  definition: KindDefinition,
  version: string = definition.storageVersion,
): OpenApiSchema {
  const payload = definition.payloadOf[version] ?? definition.payload;
  const known = schemasOf.get(definition) ?? new Map<Payload, OpenApiSchema>();
  schemasOf.set(definition, known);
  const made = known.get(payload) ?? openApiSchema(objectSchema(definition, version));
  known.set(payload, made);
  return made;
}

/** `networking.istio.io` gives `io.istio.networking.<version>.<Kind>`; the core group is `io.k8s.api.core`, as Kubernetes names it. */
function schemaName(definition: KindDefinition, version: string): string {
  const group = definition.group === '' ? 'io.k8s.api.core' : definition.group.split('.').reverse().join('.');
  return `${group}.${version}.${definition.kind}`;
}

function openApiSchema(schema: z.ZodType): OpenApiSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  const shared = Object.entries(json).find(([key]) => key === '$defs' || key === 'definitions')?.[1] ?? {};
  return inline(json, shared as Record<string, unknown>) as OpenApiSchema;
}

const dropped = new Set(['$schema', '$defs', 'definitions', 'id', 'propertyNames', duplicatesAllowed]);

/** Keywords whose values are data, not schemas. */
const data = new Set(['default', 'enum', 'example', 'x-kubernetes-validations']);

/** Replaces references by what they name (the model has no recursive schema) and drops what OpenAPI 3.0 does not know. */
function inline(node: unknown, shared: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(node)) return node.map((item) => inline(item, shared));
  if (node === null || typeof node !== 'object') return node;
  const { $ref, ...rest } = lifted(node as Record<string, unknown>);
  const target = typeof $ref === 'string' ? (shared[$ref.slice($ref.lastIndexOf('/') + 1)] as object) : {};
  const merged: Record<string, unknown> = { ...target, ...rest };
  const kept = Object.entries(merged).filter(([key]) => !dropped.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'properties') return [key, inlineFields(value, shared)];
      return [key, data.has(key) ? value : inline(value, shared)];
    }),
  );
}

/** In OpenAPI 3.0 a reference has no siblings, so one with a description is written as the only part of an `allOf`. */
function lifted({ allOf, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(allOf)) return rest;
  return allOf.length === 1 ? { ...(allOf[0] as object), ...rest } : { allOf, ...rest };
}

/** Names of fields are data: a field called `id` stays. */
function inlineFields(fields: unknown, shared: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(fields as object).map(([name, schema]) => [name, inline(schema, shared)]));
}
