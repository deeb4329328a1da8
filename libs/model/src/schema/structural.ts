import { z } from 'zod';

/** A whole number of 32 bits, as OpenAPI's `format: int32`. */
export function int32(): z.ZodInt {
  return z.int().min(-2_147_483_648).max(2_147_483_647).meta({ format: 'int32' });
}

/** A whole number, as OpenAPI's `format: int64`. Above 2^53 JavaScript's numbers are not exact, so such are refused. */
export function int64(): z.ZodInt {
  return z.int().meta({ format: 'int64' });
}

const dateTimeShape = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A point in time as RFC 3339 writes it, such as `2026-01-31T10:00:00Z`. */
export function dateTime(): z.ZodString {
  return z
    .string()
    .refine((text) => dateTimeShape.test(text), { error: 'must be a time such as 2026-01-31T10:00:00Z' })
    .meta({ format: 'date-time' });
}

/**
 * Marks a list as a map by these fields of its elements: server-side apply merges by them, and no two elements may agree in all.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function mapList<E extends z.ZodType>(list: z.ZodArray<E>, ...keys: readonly string[]): z.ZodArray<E> {
  return list.meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/** Marks a list as a set: no element twice; server-side apply merges by value. */
export function setList<E extends z.ZodType>(list: z.ZodArray<E>): z.ZodArray<E> {
  return list.meta({ 'x-kubernetes-list-type': 'set' });
}

/** A map from any text to `value`, of at most `maxProperties` entries. */
export function mapOf<V extends z.ZodType>(value: V, maxProperties: number): z.ZodRecord<z.ZodString, V> {
  return z
    .record(z.string(), value)
    .refine((map) => Object.keys(map).length <= maxProperties, { error: `must have at most ${maxProperties} entries` })
    .meta({ maxProperties });
}
