import { z } from 'zod';
import { positiveDuration } from '../istio-type/durations.ts';
import { stringMatchSchema } from './string-match.ts';

const names = z.array(z.string());

/** Which pages of other origins a browser may let call (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). */
export const corsPolicySchema = z.strictObject({
  allowOrigin: names.optional().describe('Deprecated: use allowOrigins. Exact origins, or *.'),
  allowOrigins: z
    .array(stringMatchSchema)
    .optional()
    .describe('Origins that may call; one must match, and is answered in Access-Control-Allow-Origin.'),
  allowMethods: names.optional().describe('Methods that may be used (Access-Control-Allow-Methods).'),
  allowHeaders: names.optional().describe('Request headers that may be sent (Access-Control-Allow-Headers).'),
  exposeHeaders: names.optional().describe('Response headers that scripts may read (Access-Control-Expose-Headers).'),
  maxAge: positiveDuration
    .optional()
    .describe('How long a browser may remember the answer to a preflight (Access-Control-Max-Age).'),
  allowCredentials: z
    .boolean()
    .nullish()
    .describe('Let browsers send cookies and the like (Access-Control-Allow-Credentials).'),
  unmatchedPreflights: z
    .enum(['UNSPECIFIED', 'FORWARD', 'IGNORE'])
    .optional()
    .describe(
      'Preflights of other origins. FORWARD: the workload answers (default). IGNORE: they are answered here, without permission.',
    ),
});
