import { z } from 'zod';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { workloadSelectorSchema } from '../istio-type/workload-selector.ts';
import { stringMatchSchema } from '../networking/string-match.ts';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapList, mapOf } from '../../schema/structural.ts';

const pathMatchSchema = withRules(
  atMostOneOf(
    z.strictObject({
      exact: z.string().min(1).max(1024).optional().describe('The whole path.'),
      prefix: z.string().min(1).max(1024).optional().describe('Its beginning.'),
    }),
    ['exact', 'prefix'],
  ),
  { rule: 'has(self.exact) || has(self.prefix)', message: 'exact or prefix must be set' },
);

const matchSchema = z.strictObject({
  paths: z
    .array(pathMatchSchema)
    .min(1)
    .max(16)
    .optional()
    .describe('Paths without the query, one of which must match; default: every path.'),
  methods: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(16)
    .optional()
    .describe('HTTP methods, in capitals, one of which must match; default: every method. gRPC is always POST.'),
  headers: mapOf(stringMatchSchema, 8)
    .optional()
    .describe('By name of the header, all of which must match; {} asks only that it is there.'),
});

const limitSchema = z.strictObject({
  requests: z.int().min(1).max(4_294_967_295).describe('Requests that pass in each unit of time, over all proxies.'),
  unit: z.enum(['SECOND', 'MINUTE', 'HOUR', 'DAY']).describe('The time that it is for.'),
});

const nothing = () => z.strictObject({}).optional();

const valueSchema = withRules(
  atMostOneOf(
    z.strictObject({
      header: z
        .string()
        .min(1)
        .max(256)
        .regex(/^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/)
        .optional()
        .describe('Value of this request header. Requests without it share one limit.'),
      remoteAddress: nothing().describe('Address of the caller, by X-Forwarded-For where the proxy trusts it.'),
      sourcePrincipal: nothing().describe(
        'Identity of the caller’s certificate (spiffe://…). Callers without one share one limit.',
      ),
      path: nothing().describe('Path of the request, without the query.'),
    }),
    ['header', 'remoteAddress', 'sourcePrincipal', 'path'],
  ),
  {
    rule: 'has(self.header) || has(self.remoteAddress) || has(self.sourcePrincipal) || has(self.path)',
    message: 'one of header, remoteAddress, sourcePrincipal and path must be set',
  },
);

const ruleSchema = z.strictObject({
  name: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe('Name of the rule, unique in the policy; small letters, digits and "-".'),
  match: z
    .array(matchSchema)
    .min(1)
    .max(8)
    .optional()
    .describe('Requests that it counts, one of which must match; default: all.'),
  limit: limitSchema.describe('How many pass. What is above is answered with 429.'),
  perValueOf: z
    .array(valueSchema)
    .min(1)
    .max(4)
    .optional()
    .describe('A limit of its own for each value, or combination of values, of these; default: one for all requests.'),
});

/** policy.malla.io RateLimit: limits over all proxies together, counted by policy-telemetry. */
export const rateLimitSpecSchema = z.strictObject({
  selector: workloadSelectorSchema
    .optional()
    .describe('Workloads it is for. Default: all of the namespace, or of the mesh in the root namespace.'),
  rules: mapList(z.array(ruleSchema).min(1).max(16), 'name').describe(
    'Limits. Every rule that a request matches counts it, and it passes if none of them is used up.',
  ),
  failureMode: z
    .enum(['OPEN', 'CLOSED'])
    .optional()
    .describe(
      'While nobody counts (policy-telemetry or its Redis is away): OPEN lets requests pass (default), CLOSED refuses them with 500.',
    ),
});

export type RateLimitSpec = z.infer<typeof rateLimitSpecSchema>;
export type RateLimitRule = z.infer<typeof ruleSchema>;
export type RateLimitMatch = z.infer<typeof matchSchema>;
