import type { KindDefinition } from '../kinds/kind-definition.ts';
import { openApiSchemaOf, type OpenApiSchema } from './open-api.ts';

type Json = Readonly<Record<string, unknown>>;

/** What OpenAPI says for people and tools, and a CustomResourceDefinition must not have. */
const left = new Set([
  'contentEncoding',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
  'title',
  'examples',
]);

const formats = new Set(['int32', 'int64', 'double', 'float', 'byte', 'date', 'date-time', 'duration', 'uuid']);

const preserved = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

/**
 * The schema of a kind in the form that kube-apiserver demands of a CustomResourceDefinition: every value has one type, `properties` have no
 * `additionalProperties` beside them (the server drops or refuses unknown fields by itself), numbers that may be text are marked. It
 * accepts what `checkObject` accepts. Throws for a schema that cannot be written so: a mistake in the model.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralSchema(definition: KindDefinition, version: string): OpenApiSchema {
  const schema = openApiSchemaOf(definition, version);
  const { apiVersion, kind, metadata, ...fields } = schema['properties'] as Record<string, Json>;
  void [apiVersion, kind, metadata];
  const own = Object.entries(fields).map(([name, field]) => [
    name,
    name === 'status' && Object.keys(field).length === 0 ? preserved : structural(field, name),
  ]);
  const required = (schema['required'] as string[]).filter((name) => Object.hasOwn(fields, name));
  const described = Object.entries(schema).filter(
    ([key]) => key === 'description' || key === 'x-kubernetes-validations',
  );
  return {
    ...Object.fromEntries(described),
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...Object.fromEntries(own),
    },
    ...(required.length > 0 ? { required } : {}),
  };
}

function structural(schema: Json, path: string): Json {
  if (schema['x-kubernetes-int-or-string'] === true) return intOrString(schema);
  const kept = Object.entries(schema).filter(([key]) => !left.has(key));
  const node: Record<string, unknown> = {};
  for (const [key, value] of kept) {
    const made = keyword(key, value, schema, path);
    if (made !== undefined) node[key] = made;
  }
  if (kept.every(([key]) => key === 'description')) node['x-kubernetes-preserve-unknown-fields'] = true;
  else if (node['type'] === undefined)
    throw new Error(`${path} has no single type: a CustomResourceDefinition cannot have it`);
  return node;
}

function keyword(key: string, value: unknown, schema: Json, path: string): unknown {
  switch (key) {
    case 'properties':
      return fieldsOf(value as Record<string, Json>, path);
    case 'items':
      return structural(value as Json, `${path}[]`);
    case 'additionalProperties':
      return valuesOf(value, schema, path);
    case 'minimum':
      return value === Number.MIN_SAFE_INTEGER ? undefined : value;
    case 'maximum':
      return value === Number.MAX_SAFE_INTEGER ? undefined : value;
    case 'format':
      return formats.has(value as string) ? value : undefined;
    default:
      return value;
  }
}

const fieldsOf = (fields: Readonly<Record<string, Json>>, path: string): Json =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, structural(field, `${path}.${name}`)]));

/** Of a map its values; of an object with known fields, or with any, nothing. */
function valuesOf(value: unknown, schema: Json, path: string): Json | undefined {
  if (value === false || schema['properties'] !== undefined) return undefined;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return undefined;
  return structural(value as Json, `${path}{}`);
}

/** The types stand in `anyOf`, in the only form that is taken there. */
function intOrString(schema: Json): Json {
  const kept = Object.entries(schema).filter(
    ([key]) => !['type', 'anyOf', 'minimum', 'maximum', 'format'].includes(key),
  );
  return { ...Object.fromEntries(kept), anyOf: [{ type: 'integer' }, { type: 'string' }] };
}
