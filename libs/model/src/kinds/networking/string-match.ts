import { z } from 'zod';
import { atMostOneOf } from '../istio-type/one-of.ts';

/**
 * A text, matched in one of three ways. `{}` is accepted by the schema: as the value of a header or a query parameter it asks for
 * presence alone; elsewhere @malla/validate refuses it.
 */
export const stringMatchSchema = atMostOneOf(
  z.strictObject({
    exact: z.string().optional().describe('The whole text.'),
    prefix: z.string().optional().describe('Its beginning; not empty.'),
    regex: z.string().optional().describe('The whole text as a regular expression of RE2, at most 1024 characters.'),
  }),
  ['exact', 'prefix', 'regex'],
).meta({ id: 'StringMatch' });

export type StringMatch = z.infer<typeof stringMatchSchema>;
