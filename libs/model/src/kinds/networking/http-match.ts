import { z } from 'zod';
import { routeConditions } from './route-conditions.ts';
import { stringMatchSchema } from './string-match.ts';

const matchesByName = z.record(z.string(), stringMatchSchema);

/** Conditions of an HTTP rule: all of them must hold. */
export const httpMatchSchema = z.strictObject({
  name: z.string().optional().describe('Name of the match, for access logs (rule.match).'),
  uri: stringMatchSchema.optional().describe('The path, without the query.'),
  ignoreUriCase: z
    .boolean()
    .optional()
    .describe('Compare uri without regard to case; for exact and prefix only. Default false.'),
  scheme: stringMatchSchema.optional().describe('The scheme of the request, http or https.'),
  method: stringMatchSchema.optional().describe('The HTTP method, in capitals.'),
  authority: stringMatchSchema.optional().describe('The Host header, or :authority of HTTP/2.'),
  headers: matchesByName.optional().describe('By name of the header, in small letters; {} asks only that it is there.'),
  withoutHeaders: matchesByName
    .optional()
    .describe('By name of the header; these must not hold. {} asks that it is absent.'),
  queryParams: matchesByName.optional().describe('By name of the query parameter; {} asks only that it is there.'),
  ...routeConditions,
  statPrefix: z.string().optional().describe('Prefix of Envoy’s metrics of this route: route.PREFIX.'),
});

export type HttpMatch = z.infer<typeof httpMatchSchema>;
