import { z } from 'zod';

/** Exactly one of exact, prefix, regex (RE2, full match). */
export const stringMatchSchema = z
  .strictObject({
    exact: z.string().optional().describe('The whole text.'),
    prefix: z.string().optional().describe('Its beginning; not empty.'),
    regex: z.string().max(1024).optional().describe('The whole text as a regular expression of RE2.'),
  })
  .refine((m) => Object.values(m).filter((v) => v !== undefined).length === 1, {
    error: 'must have exactly one of exact, prefix, regex',
  })
  .meta({ id: 'StringMatch' });

/** As StringMatch, but `{}` asks for presence alone. */
export const presenceOrStringMatchSchema = z
  .strictObject({
    exact: z.string().optional().describe('The whole text.'),
    prefix: z.string().optional().describe('Its beginning; not empty.'),
    regex: z.string().max(1024).optional().describe('The whole text as a regular expression of RE2.'),
  })
  .refine((m) => Object.values(m).filter((v) => v !== undefined).length <= 1, {
    error: 'must have at most one of exact, prefix, regex',
  })
  .meta({ id: 'PresenceOrStringMatch' });

export type StringMatch = z.infer<typeof stringMatchSchema>;
