import type { z } from 'zod';

/** A schema seen as a shape, without optionality and checks. The closed list of what the model's schemas use. */
export type Shape =
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, z.ZodType>> }
  | { readonly type: 'map'; readonly value: z.ZodType }
  | { readonly type: 'list'; readonly element: z.ZodType }
  | { readonly type: 'enum'; readonly values: readonly (string | number)[] }
  | { readonly type: 'union'; readonly options: readonly z.ZodType[] }
  | { readonly type: 'string' | 'number' | 'boolean' | 'any' };

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly shape?: Record<string, z.ZodType>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Record<string, string | number>;
  readonly values?: readonly (string | number)[];
}

const wrappers = new Set(['optional', 'nullable', 'default', 'readonly', 'nonoptional', 'prefault']);

/** A schema and what it wraps, outermost first: an optional schema with a default has three layers. */
export function wrapped(schema: z.ZodType): readonly z.ZodType[] {
  const { type, innerType } = schema._zod.def as unknown as Definition;
  return wrappers.has(type) ? [schema, ...wrapped(innerType as z.ZodType)] : [schema];
}

/** What a schema describes. Throws on a construct that the model does not use, so that none is silently left out of docs and tests. */
export function shapeOf(schema: z.ZodType): Shape {
  const def = schema._zod.def as unknown as Definition;
  if (wrappers.has(def.type)) return shapeOf(def.innerType as z.ZodType);
  switch (def.type) {
    case 'object':
      return { type: 'object', fields: def.shape ?? {} };
    case 'record':
      return { type: 'map', value: def.valueType as z.ZodType };
    case 'array':
      return { type: 'list', element: def.element as z.ZodType };
    case 'enum':
      return { type: 'enum', values: Object.values(def.entries ?? {}) };
    case 'literal':
      return { type: 'enum', values: def.values ?? [] };
    case 'union':
      return unionShape(def.options ?? []);
    case 'string':
    case 'number':
    case 'boolean':
      return { type: def.type };
    case 'unknown':
    case 'any':
      return { type: 'any' };
    default:
      throw new Error(`schemas of the model must not use zod's "${def.type}"`);
  }
}

/** A union of enums is one enum; any other stays a union. */
function unionShape(options: readonly z.ZodType[]): Shape {
  const shapes = options.map(shapeOf);
  if (shapes.every((s) => s.type === 'enum')) return { type: 'enum', values: shapes.flatMap((s) => s.values) };
  return { type: 'union', options };
}

/** The schema below one segment of a path, and the segment's form in a pattern path (`[]` in a list, `{}` in a map). */
export function step(schema: z.ZodType, segment: PropertyKey): { schema: z.ZodType; pattern: string } | undefined {
  const shape = shapeOf(schema);
  if (shape.type === 'list') return { schema: shape.element, pattern: '[]' };
  if (shape.type === 'map') return { schema: shape.value, pattern: '{}' };
  if (shape.type !== 'object') return undefined;
  const field = Object.hasOwn(shape.fields, segment as string) ? shape.fields[segment as string] : undefined;
  return field === undefined ? undefined : { schema: field, pattern: `.${String(segment)}` };
}

/** The schema at a path, and the path as a pattern such as `spec.http[].match[].headers{}`; undefined where the path leaves the schema. */
export function schemaAt(
  root: z.ZodType,
  path: readonly PropertyKey[],
): { schema: z.ZodType; pattern: string } | undefined {
  let at = { schema: root, pattern: '' };
  for (const segment of path) {
    const next = step(at.schema, segment);
    if (next === undefined) return undefined;
    at = { schema: next.schema, pattern: joinPattern(at.pattern, next.pattern) };
  }
  return at;
}

/** Appends one step of {@link step} to a pattern. */
export function joinPattern(pattern: string, added: string): string {
  return pattern === '' && added.startsWith('.') ? added.slice(1) : pattern + added;
}
