import { z } from 'zod';

/** A map of text to text: labels, annotations, headers. */
export const stringMap = (): z.ZodRecord<z.ZodString, z.ZodString> => z.record(z.string(), z.string());
