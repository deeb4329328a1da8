/** How values of a schema merge; the part of an OpenAPI schema that server-side apply needs. */
export type ApplyType =
  | { readonly type: 'scalar' }
  /** Known fields, and any others as `element`. An atomic one is owned and replaced as a whole. */
  | {
      readonly type: 'map';
      readonly atomic: boolean;
      readonly fields: Readonly<Record<string, ApplyType>>;
      readonly element: ApplyType | undefined;
    }
  /** A list of a kind: replaced as a whole, a set of plain values, or elements told apart by some of their fields. */
  | {
      readonly type: 'list';
      readonly relation: 'atomic' | 'set' | 'map';
      /** Fields that name an element; empty unless the relation is `map`. */
      readonly keys: readonly string[];
      /** Values that keys have where an element leaves them out. */
      readonly keyDefaults: Readonly<Record<string, unknown>>;
      readonly element: ApplyType;
    }
  /** Nothing is known: objects merge field by field, lists are atomic. */
  | { readonly type: 'any' };

type Schema = Readonly<Record<string, unknown>>;

const scalar: ApplyType = { type: 'scalar' };
const anything: ApplyType = { type: 'any' };

/**
 * The merge type of an OpenAPI schema without references, by Kubernetes' `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and
 * `x-kubernetes-map-type`; lists that say nothing are atomic, maps granular.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function applyTypeOf(schema: Schema): ApplyType {
  if (schema['x-kubernetes-int-or-string'] === true) return scalar;
  if (schema['type'] === 'array') return listType(schema);
  if (schema['type'] === 'object' || schema['properties'] !== undefined) return mapType(schema);
  if (['string', 'integer', 'number', 'boolean'].includes(schema['type'] as string)) return scalar;
  const options = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as readonly Schema[] | undefined;
  return options === undefined ? anything : unionType(options.map(applyTypeOf));
}

function listType(schema: Schema): ApplyType {
  const items = (schema['items'] ?? {}) as Schema;
  const declared = schema['x-kubernetes-list-type'];
  const relation = declared === 'map' || declared === 'set' ? declared : 'atomic';
  const keys = relation === 'map' ? ((schema['x-kubernetes-list-map-keys'] ?? []) as readonly string[]) : [];
  const fields = (items['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const defaults = keys.flatMap((key) =>
    fields[key]?.['default'] === undefined ? [] : [[key, fields[key]['default']]],
  );
  return {
    type: 'list',
    relation: relation === 'map' && keys.length === 0 ? 'atomic' : relation,
    keys,
    keyDefaults: Object.fromEntries(defaults) as Record<string, unknown>,
    element: applyTypeOf(items),
  };
}

function mapType(schema: Schema): ApplyType {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const additional = schema['additionalProperties'];
  const open = additional !== false && (additional !== undefined || schema['properties'] === undefined);
  return {
    type: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, applyTypeOf(field)])),
    element:
      typeof additional === 'object' && additional !== null
        ? applyTypeOf(additional as Schema)
        : open
          ? anything
          : undefined,
  };
}

/** Alternatives merge as one map of all their fields if each is a map; else nothing is known. */
function unionType(options: readonly ApplyType[]): ApplyType {
  const [first] = options;
  if (first !== undefined && options.every(({ type }) => type === 'scalar')) return scalar;
  if (first === undefined || options.length === 1) return first ?? anything;
  const maps = options.flatMap((option) => (option.type === 'map' ? [option] : []));
  if (maps.length < options.length) return anything;
  return {
    type: 'map',
    atomic: maps.some(({ atomic }) => atomic),
    fields: Object.assign({}, ...maps.map(({ fields }) => fields)) as Record<string, ApplyType>,
    element: maps.find(({ element }) => element !== undefined)?.element,
  };
}

/** The type of a field of a map; `any` for what the schema does not tell. */
export function fieldType(type: Extract<ApplyType, { type: 'map' }>, name: string): ApplyType {
  return (Object.hasOwn(type.fields, name) ? type.fields[name] : type.element) ?? anything;
}

/** What a value is treated as: its type, or by its own form where the type does not say or does not fit. */
export function effectiveType(type: ApplyType, value: unknown): ApplyType {
  if (value === undefined || value === null) return type;
  if (Array.isArray(value)) return type.type === 'list' ? type : untypedList;
  if (typeof value === 'object') return type.type === 'map' ? type : untypedMap;
  return scalar;
}

const untypedList: ApplyType = { type: 'list', relation: 'atomic', keys: [], keyDefaults: {}, element: anything };
const untypedMap: ApplyType = { type: 'map', atomic: false, fields: {}, element: anything };
