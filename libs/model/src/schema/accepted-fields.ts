import type { z } from 'zod';
import type { KindDefinition } from '../kinds/kind-definition.ts';
import { objectSchema } from '../registry.ts';
import { joinPattern, shapeOf } from './walk.ts';

/** One field that a kind accepts. */
export interface AcceptedField {
  /** Pattern of the field: lists as `[]`, maps as `{}`; for a value of an enum followed by `=VALUE`. Example: `spec.http[].match[].uri.exact`. */
  readonly path: string;
  readonly type: 'object' | 'map' | 'list' | 'enum' | 'string' | 'number' | 'boolean' | 'any' | 'union';
  /** Set for a value of an enum (path ends in `=VALUE`). */
  readonly value?: string;
}

export interface AcceptedFieldsOptions {
  /** Also one entry per value of an enum; default true. */
  readonly enumValues?: boolean;
  /** Also the fields of metadata; default false, they are the same for every kind. */
  readonly metadata?: boolean;
}

/**
 * Every field that the model accepts for a kind, computed from its schema, branches and leaves alike, in schema order. Without
 * apiVersion, kind and status. The conformance suite demands a positive and a negative case for each.
 */
export function acceptedFields(
  definition: KindDefinition,
  options: AcceptedFieldsOptions = {},
): readonly AcceptedField[] {
  const { enumValues = true, metadata = false } = options;
  const left = new Set(['apiVersion', 'kind', 'status', ...(metadata ? [] : ['metadata'])]);
  const shape = shapeOf(objectSchema(definition));
  const fields = new Map<string, AcceptedField>();
  if (shape.type !== 'object') return [];
  for (const [name, schema] of Object.entries(shape.fields)) {
    if (!left.has(name)) collect(schema, name, enumValues, fields);
  }
  return [...fields.values()];
}

function collect(schema: z.ZodType, path: string, enumValues: boolean, into: Map<string, AcceptedField>): void {
  const shape = shapeOf(schema);
  if (!into.has(path)) into.set(path, { path, type: shape.type });
  switch (shape.type) {
    case 'object':
      for (const [name, field] of Object.entries(shape.fields))
        collect(field, joinPattern(path, `.${name}`), enumValues, into);
      return;
    case 'map':
      return collectInside(shape.value, `${path}{}`, enumValues, into);
    case 'list':
      return collectInside(shape.element, `${path}[]`, enumValues, into);
    case 'union':
      for (const option of shape.options) collect(option, path, enumValues, into);
      return;
    case 'enum':
      for (const value of enumValues ? shape.values : []) {
        into.set(`${path}=${value}`, { path: `${path}=${value}`, type: 'enum', value: String(value) });
      }
  }
}

/** Elements that are plain values add nothing to their list or map; objects and enums do. */
function collectInside(schema: z.ZodType, path: string, enumValues: boolean, into: Map<string, AcceptedField>): void {
  const { type } = shapeOf(schema);
  if (type !== 'string' && type !== 'number' && type !== 'boolean' && type !== 'any')
    collect(schema, path, enumValues, into);
}
