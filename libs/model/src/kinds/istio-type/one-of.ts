import type { z } from 'zod';

type ValueOf<S> = S extends z.ZodType<infer T> ? T : never;

/** The same as JSON schema: none of the fields, or exactly one. */
function alternatives(names: readonly string[]): { readonly oneOf: readonly object[] } {
  const required = names.map((name) => ({ required: [name] }));
  return { oneOf: [{ not: { anyOf: required } }, ...required] };
}

/** How many of the fields an object has; a field that is null counts, as for Kubernetes. */
function given(value: unknown, names: readonly string[]): number {
  return names.filter((name) => (value as Record<string, unknown>)[name] !== undefined).length;
}

/**
 * An object with at most one of some fields, which are the variants of a protobuf `oneof`. In a CustomResourceDefinition it is a
 * `oneOf`. Each further group of names stands for a further `oneof` of the same object.
 */
export function atMostOneOf<S extends z.ZodObject>(
  schema: S,
  ...groups: readonly (readonly (keyof ValueOf<S> & string)[])[]
): S {
  const checked = groups.reduce(
    (object, names) =>
      object.refine((value) => given(value, names) <= 1, { error: `must have at most one of ${names.join(', ')}` }),
    schema,
  );
  const parts = groups.map(alternatives);
  return checked.meta({ ...schema.meta(), ...(parts.length === 1 ? parts[0] : { allOf: parts }) });
}
