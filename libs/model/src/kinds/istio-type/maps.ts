import { z } from 'zod';

/** A map of names to values with at most `most` entries (`maxProperties`), and at least `least`, default 0. */
export function boundedMap<V extends z.ZodType>(
  value: V,
  { most, least = 0 }: { readonly most?: number; readonly least?: number },
): z.ZodRecord<z.ZodString, V> {
  const size = (map: object): number => Object.keys(map).length;
  return z
    .record(z.string(), value)
    .refine((map) => most === undefined || size(map) <= most, { error: `must have at most ${most} entries` })
    .refine((map) => size(map) >= least, {
      error: least === 1 ? 'must not be empty' : `must have at least ${least} entries`,
    })
    .meta({ ...(most === undefined ? {} : { maxProperties: most }), ...(least === 0 ? {} : { minProperties: least }) });
}

/** A map of text to text: labels, annotations, headers. */
export const stringMap = (): z.ZodRecord<z.ZodString, z.ZodString> => z.record(z.string(), z.string());
