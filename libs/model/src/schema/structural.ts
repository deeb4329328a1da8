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

/** An object with these fields and any others, which are kept as sent: for large kinds of which the mesh reads a part. */
export function openObject<S extends z.core.$ZodLooseShape>(fields: S): z.ZodObject<S, z.core.$loose> {
  return z.looseObject(fields).meta({ 'x-kubernetes-preserve-unknown-fields': true });
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

/**
 * As {@link mapList} for kinds of Kubernetes itself: strategic merge patches merge it by the first key too. Kubernetes lets two elements
 * with the same keys stand, where it does not say otherwise for the field: then `duplicates` is 'allowed'.
 * Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#notes-on-the-strategic-merge-patch
 */
export function mergeList<E extends z.ZodType>(
  list: z.ZodArray<E>,
  keys: readonly string[],
  { duplicates = 'refused', retainKeys = false }: MergeListOptions = {},
): z.ZodArray<E> {
  return mapList(list, ...keys).meta({
    'x-kubernetes-patch-merge-key': keys[0],
    'x-kubernetes-patch-strategy': retainKeys ? 'merge,retainKeys' : 'merge',
    ...(duplicates === 'allowed' ? { [duplicatesAllowed]: true } : {}),
  });
}

export interface MergeListOptions {
  /** Default 'refused'. */
  readonly duplicates?: 'allowed' | 'refused';
  /** Of an element only the fields of the patch stay, as for variants of one thing; default false. */
  readonly retainKeys?: boolean;
}

/** Marks a list of type map in which elements may have the same keys; no part of OpenAPI. */
export const duplicatesAllowed = 'x-malla-duplicates-allowed';

/** A map from any text to `value`, of at most `maxProperties` entries. */
export function mapOf<V extends z.ZodType>(value: V, maxProperties: number): z.ZodRecord<z.ZodString, V> {
  return z
    .record(z.string(), value)
    .refine((map) => Object.keys(map).length <= maxProperties, { error: `must have at most ${maxProperties} entries` })
    .meta({ maxProperties });
}
