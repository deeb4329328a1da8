import fc from 'fast-check';
import { texts } from './texts.ts';

/** A schema of OpenAPI as plain JSON, without references. */
export type JsonSchema = { readonly [key: string]: unknown };

/** How many of the fields that may be left out are there, by depth: few far down, so that objects stay small. */
const oddsByDepth = [1, 0.9, 0.6, 0.45, 0.35, 0.25, 0.2];
const mostItems = 3;

/**
 * Values that a schema describes: right in type, range, length, pattern and required fields. Rules (in CEL, and of code) are not known to
 * it. Source: https://spec.openapis.org/oas/v3.0.3#schema-object
 */
export function arbitraryOf(schema: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(fc.nat(65_535), text(schema));
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const options = schema['anyOf'];
  if (Array.isArray(options) && schema['type'] === undefined)
    return fc.oneof(...options.map((option) => arbitraryOf(option as JsonSchema, depth)));
  switch (schema['type']) {
    case 'object':
      return schema['properties'] === undefined ? map(schema, depth) : object(schema, depth);
    case 'array':
      return list(schema, depth);
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer(range(schema, 1, 0, 70_000));
    case 'number':
      return fc.oneof(fc.integer(range(schema, 1, 0, 100)), fc.constantFrom(0.5, 12.34, 99.9));
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constantFrom<unknown>(true, 'a', 1, { a: [1, 'b', { c: null }] }, {});
  }
}

function range(schema: JsonSchema, step: number, least: number, most: number): { min: number; max: number } {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<
    string,
    number | boolean | undefined
  >;
  const min = Math.max(Number(minimum ?? least) + (exclusiveMinimum === true ? step : 0), Number.MIN_SAFE_INTEGER);
  const max = Math.min(Number(maximum ?? most) - (exclusiveMaximum === true ? step : 0), Number.MAX_SAFE_INTEGER);
  const lower = min < -10 ? -1 : min;
  return { min: lower, max: Math.max(lower, Math.min(max, 4_294_967_295)) };
}

function object(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const required = new Set((schema['required'] ?? []) as string[]);
  const odds = oddsByDepth[depth] ?? 0.1;
  const fields = Object.entries(schema['properties'] as Record<string, JsonSchema>).map(([name, field]) => {
    const value = arbitraryOf(field, depth + 1);
    if (required.has(name)) return value.map((given) => [name, given] as const);
    const there = Math.round(odds * 100);
    return fc.oneof(
      { weight: there, arbitrary: value.map((given) => [name, given] as const) },
      { weight: 100 - there, arbitrary: fc.constant(undefined) },
    );
  });
  return fc.tuple(...fields).map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)));
}

function map(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const {
    additionalProperties,
    minProperties = 0,
    maxProperties = mostItems,
  } = schema as {
    readonly additionalProperties?: JsonSchema | boolean;
    readonly minProperties?: number;
    readonly maxProperties?: number;
  };
  const value = typeof additionalProperties === 'object' ? additionalProperties : {};
  const keys = fc.constantFrom('a', 'app', 'example.com/x', '8080', 'x-a', '9090', 'b.c');
  return fc.dictionary(keys, arbitraryOf(value, depth + 1), {
    minKeys: minProperties,
    maxKeys: Math.min(maxProperties, mostItems),
    noNullPrototype: true,
  });
}

function list(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const {
    items = {},
    minItems = 0,
    maxItems = mostItems,
  } = schema as {
    readonly items?: JsonSchema;
    readonly minItems?: number;
    readonly maxItems?: number;
  };
  const most = Math.max(minItems, Math.min(maxItems, depth > 3 ? 1 : mostItems));
  return fc.array(arbitraryOf(items, depth + 1), { minLength: minItems, maxLength: most });
}

const textsOf = new Map<string, fc.Arbitrary<string>>();

/** Kept, as many fields have the same limits. */
function text({ minLength, maxLength, pattern }: JsonSchema): fc.Arbitrary<string> {
  const limits = { minLength, maxLength, pattern };
  const key = JSON.stringify(limits);
  const known = textsOf.get(key) ?? makeText(limits);
  textsOf.set(key, known);
  return known;
}

function makeText(schema: JsonSchema): fc.Arbitrary<string> {
  const {
    minLength = 0,
    maxLength = Infinity,
    pattern,
  } = schema as {
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
  };
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const fits = (candidate: string) =>
    candidate.length >= minLength && candidate.length <= maxLength && (expression?.test(candidate) ?? true);
  const known = texts.filter(fits);
  const made = expression === undefined ? undefined : matching(expression)?.filter(fits);
  if (known.length === 0) return made ?? fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 8) });
  return made === undefined
    ? fc.constantFrom(...known)
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, made);
}

/** Undefined for what fast-check cannot make texts of, such as looking ahead. */
function matching(expression: RegExp): fc.Arbitrary<string> | undefined {
  try {
    return fc.stringMatching(expression, { size: 'xsmall' });
  } catch {
    return undefined;
  }
}
