import { z } from 'zod';
import { celTypes, listOf, mapOf, type CelType } from '@malla/cel';
import type { KindDefinition, Payload } from '../kinds/kind-definition.ts';
import { objectSchema } from '../registry.ts';
import type { CelRule } from './kubernetes-schema.ts';
import { duplicatesAllowed } from './structural.ts';
import { shapeOf, wrapped, type Shape } from './walk.ts';

/**
 * A schema as a tree for everything that goes through objects besides zod: defaults, rules in CEL, list types. Made once for each
 * schema; parts in which there is nothing of these say so, and are not entered.
 */
export interface SchemaNode {
  readonly type: Shape['type'];
  /** Rules of this value itself. */
  readonly rules: readonly CelRule[];
  /** Its type in CEL. */
  readonly cel: CelType;
  readonly nullable: boolean;
  /** Undefined for none. */
  readonly default: unknown;
  /** Set for a list that must not have two equal elements; `keys` for one whose elements must differ in these fields. */
  readonly unique: { readonly keys: readonly string[] | undefined } | undefined;
  /** Of an object; empty for others. */
  readonly fields: ReadonlyMap<string, SchemaNode>;
  /** The fields with something to fill in, and those with something to check, so that the others cost nothing. */
  readonly defaulted: readonly (readonly [name: string, node: SchemaNode])[];
  readonly checked: readonly (readonly [name: string, node: SchemaNode])[];
  /** Of the elements of a list, or of the values of a map. */
  readonly item: SchemaNode | undefined;
  /** Whether this or anything below has a default. */
  readonly hasDefaults: boolean;
  /** Whether this or anything below has rules, or a list that must be unique. */
  readonly hasChecks: boolean;
}

const nodes = new WeakMap<z.ZodType, SchemaNode>();
const roots = new WeakMap<Payload, SchemaNode>();

/** The tree of a schema. */
export function nodeOf(schema: z.ZodType): SchemaNode {
  const known = nodes.get(schema);
  if (known !== undefined) return known;
  const made = makeNode(schema);
  nodes.set(schema, made);
  return made;
}

/** The tree of a whole object, default of the stored version. Rules on it see of metadata only the name, as Kubernetes allows. */
export function rootNode(definition: KindDefinition, version: string = definition.storageVersion): SchemaNode {
  const payload = definition.payloadOf[version] ?? definition.payload;
  const known = roots.get(payload);
  if (known !== undefined) return known;
  const made = nodeOf(objectSchema(definition, version));
  const root = { ...made, cel: rootType(made) };
  roots.set(payload, root);
  return root;
}

function rootType(node: SchemaNode): CelType {
  const metadata: CelType = {
    kind: 'object',
    field: (name) => (name === 'name' || name === 'generateName' ? celTypes.string : undefined),
  };
  return { kind: 'object', field: (name) => (name === 'metadata' ? metadata : node.fields.get(name)?.cel) };
}

function makeNode(schema: z.ZodType): SchemaNode {
  const layers = wrapped(schema);
  const inner = layers.at(-1) as z.ZodType;
  const meta = Object.assign({}, ...layers.map((layer) => layer.meta() ?? {}).reverse()) as Record<string, unknown>;
  const rules = layers.flatMap((layer) => (layer.meta()?.['x-kubernetes-validations'] as CelRule[] | undefined) ?? []);
  const shape = shapeOf(inner);
  const fields = new Map(
    shape.type === 'object' ? Object.entries(shape.fields).map(([name, field]) => [name, nodeOf(field)]) : [],
  );
  const item = shape.type === 'list' ? nodeOf(shape.element) : shape.type === 'map' ? nodeOf(shape.value) : undefined;
  const below = [...fields.values(), ...(item === undefined ? [] : [item])];
  const unique = uniqueness(meta);
  const value = defaultOf(layers);
  return {
    type: shape.type,
    rules: [...new Set(rules)],
    cel: celTypeOf(shape, inner, meta, { fields, item }),
    nullable: layers.some((layer) => layer._zod.def.type === 'nullable'),
    default: value,
    unique,
    fields,
    defaulted: [...fields].filter(([, node]) => node.hasDefaults),
    checked: [...fields].filter(([, node]) => node.hasChecks),
    item,
    hasDefaults: value !== undefined || below.some((node) => node.hasDefaults),
    hasChecks: rules.length > 0 || unique !== undefined || below.some((node) => node.hasChecks),
  };
}

function uniqueness(meta: Readonly<Record<string, unknown>>): SchemaNode['unique'] {
  if (meta[duplicatesAllowed] === true) return undefined;
  switch (meta['x-kubernetes-list-type']) {
    case 'set':
      return { keys: undefined };
    case 'map':
      return { keys: meta['x-kubernetes-list-map-keys'] as readonly string[] };
    default:
      return undefined;
  }
}

function defaultOf(layers: readonly z.ZodType[]): unknown {
  for (const layer of layers) {
    const def = layer._zod.def as { readonly type: string; readonly defaultValue?: unknown };
    if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  }
  return undefined;
}

function celTypeOf(
  shape: Shape,
  schema: z.ZodType,
  meta: Readonly<Record<string, unknown>>,
  { fields, item }: Pick<SchemaNode, 'fields' | 'item'>,
): CelType {
  if (meta['x-kubernetes-int-or-string'] === true) return celTypes.dyn;
  switch (shape.type) {
    case 'object':
      return { kind: 'object', field: (name) => fields.get(name)?.cel };
    case 'list':
      return listOf(item?.cel ?? celTypes.dyn);
    case 'map':
      return mapOf(item?.cel ?? celTypes.dyn);
    case 'number':
      return schema instanceof z.ZodNumber && schema.isInt ? celTypes.int : celTypes.double;
    case 'enum':
      return shape.values.every((value) => typeof value === 'string') ? celTypes.string : celTypes.int;
    case 'string':
      return celTypes.string;
    case 'boolean':
      return celTypes.bool;
    default:
      return celTypes.dyn;
  }
}
