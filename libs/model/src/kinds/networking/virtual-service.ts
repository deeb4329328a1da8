import { z } from 'zod';
import { durationSchema } from '../../duration.ts';
import { dnsLabelSchema, labelsSchema, portNumberSchema } from '../../metadata.ts';
import { presenceOrStringMatchSchema, stringMatchSchema } from './string-match.ts';

const headerMap = z.record(z.string().min(1), z.string());
const headerOperations = z.strictObject({
  set: headerMap.optional().describe('Headers to overwrite. No percent signs.'),
  add: headerMap.optional().describe('Values to append.'),
  remove: z.array(z.string().min(1)).optional().describe('Names of headers to take away.'),
});

/** Edits of request and response headers; set overwrites, add appends. */
export const headersSchema = z
  .strictObject({
    request: headerOperations.optional().describe('Edits of the request, before it is forwarded.'),
    response: headerOperations.optional().describe('Edits of the response, before the caller has it.'),
  })
  .meta({ id: 'Headers' });

/** Where traffic goes: a service of the registry, one of its ports, one of its subsets. */
export const destinationSchema = z
  .strictObject({
    host: z.string().min(1).describe('A service: full name, or short for one of the rule’s own namespace.'),
    subset: dnsLabelSchema.optional().describe('A subset of the host’s DestinationRule.'),
    port: z
      .strictObject({ number: portNumberSchema })
      .optional()
      .describe('A port of the service; default: its only one, else the one that was called.'),
  })
  .meta({ id: 'Destination' });

const percent = z.strictObject({
  value: z.number().min(0).max(100).describe('Percentage of requests, fractions allowed.'),
});

const httpMatchSchema = z.strictObject({
  name: z.string().optional().describe('Name of the match, for access logs (rule.match).'),
  uri: stringMatchSchema.optional().describe('The path without the query.'),
  ignoreUriCase: z.boolean().optional().describe('Compare uri without regard to case; not for regex.'),
  method: stringMatchSchema.optional().describe('The HTTP method.'),
  authority: stringMatchSchema.optional().describe('Host header, or :authority.'),
  headers: z
    .record(z.string().min(1), presenceOrStringMatchSchema)
    .optional()
    .describe('By name; {} asks only that the header is there.'),
  withoutHeaders: z
    .record(z.string().min(1), presenceOrStringMatchSchema)
    .optional()
    .describe('Must not hold; {} asks that the header is absent.'),
  queryParams: z
    .record(z.string().min(1), presenceOrStringMatchSchema)
    .optional()
    .describe('By name of a query parameter.'),
  port: portNumberSchema.optional().describe('Port of the service that was called.'),
  sourceLabels: labelsSchema.optional().describe('Labels of the calling workload.'),
  sourceNamespace: dnsLabelSchema.optional().describe('Namespace of the calling workload.'),
});

const routeDestinationSchema = z.strictObject({
  destination: destinationSchema.describe('Where to.'),
  weight: z.int().min(0).optional().describe('Share of requests among the destinations; may be left out with one.'),
  headers: headersSchema.optional().describe('Edits for this destination alone; they win over the rule’s.'),
});

const redirectSchema = z.strictObject({
  uri: z.string().optional().describe('New path; default: the request’s.'),
  authority: z.string().optional().describe('New host; default: the request’s.'),
  port: portNumberSchema.optional().describe('New port.'),
  derivePort: z
    .enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'])
    .optional()
    .describe('Where the port comes from, in place of port.'),
  scheme: z.enum(['http', 'https']).optional().describe('New scheme.'),
  redirectCode: z
    .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
    .optional()
    .describe('Status; default 301.'),
});

const rewriteSchema = z.strictObject({
  uri: z.string().optional().describe('New path. After a prefix match only the prefix is replaced, as plain text.'),
  authority: z.string().optional().describe('New Host header.'),
  uriRegexRewrite: z
    .strictObject({
      match: z.string().min(1).max(1024).describe('Expression of RE2 that is searched in the path.'),
      rewrite: z.string().describe('What replaces it; \\1 to \\9 are its groups.'),
    })
    .optional()
    .describe('New path by a regular expression; not with uri.'),
});

const retriesSchema = z.strictObject({
  attempts: z
    .int()
    .min(0)
    // int32, as in Istio's API.
    .max(2_147_483_647)
    .describe('Retries after the first try; 0 for none. Without retries: the mesh’s default of 2.'),
  perTryTimeout: durationSchema.optional().describe('Time for each try; default: the timeout of the whole request.'),
  retryOn: z
    .string()
    .optional()
    .describe(
      'Conditions and status codes, with commas; default connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes.',
    ),
  backoff: durationSchema
    .optional()
    .describe('Wait before the first retry, then growing to ten times as much; default 25ms.'),
  retryIgnorePreviousHosts: z
    .boolean()
    .optional()
    .describe('Try another instance; default true, false with consistent hashing.'),
});

const faultSchema = z.strictObject({
  delay: z
    .strictObject({
      percentage: percent.optional().describe('Which share; without it none is delayed.'),
      fixedDelay: durationSchema.describe('How long.'),
    })
    .optional()
    .describe('Wait before forwarding.'),
  abort: z
    .strictObject({
      percentage: percent.optional().describe('Which share; without it none is aborted.'),
      httpStatus: z.int().min(200).max(599).describe('Status of the answer.'),
    })
    .optional()
    .describe('Answer without forwarding.'),
});

const httpRouteSchema = z.strictObject({
  name: z.string().optional().describe('Name of the rule, for access logs.'),
  match: z
    .array(httpMatchSchema)
    .optional()
    .describe('One of these must hold, each with all its conditions; without it every request matches.'),
  route: z.array(routeDestinationSchema).optional().describe('Destinations; route or redirect is required.'),
  redirect: redirectSchema.optional().describe('Send the caller elsewhere.'),
  rewrite: rewriteSchema.optional().describe('Change path or host before forwarding.'),
  timeout: durationSchema.optional().describe('For the whole request, retries included; default and 0s: none.'),
  retries: retriesSchema.optional().describe('When to try again.'),
  fault: faultSchema.optional().describe('Faults to inject on purpose.'),
  mirror: destinationSchema.optional().describe('Also send a copy there; its answer is dropped.'),
  mirrorPercentage: percent.optional().describe('Share that is copied; default 100.'),
  headers: headersSchema.optional().describe('Edits of headers.'),
});

/** networking.istio.io VirtualService: HTTP routes on sidecars. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualServiceSpecSchema = z.strictObject({
  hosts: z
    .array(z.string().min(1))
    .min(1)
    .describe('Hosts that are called: full names, short names of the own namespace, *.suffix.'),
  gateways: z.array(z.string().min(1)).optional().describe('Only mesh, the default: all sidecars.'),
  exportTo: z
    .array(z.string().min(1))
    .optional()
    .describe('Namespaces whose workloads see it: names, . (its own) or * (all, default).'),
  http: z.array(httpRouteSchema).min(1).describe('Rules; the first that matches wins.'),
});

export type VirtualServiceSpec = z.infer<typeof virtualServiceSpecSchema>;
export type HttpRoute = z.infer<typeof httpRouteSchema>;
export type HttpMatch = z.infer<typeof httpMatchSchema>;
export type Destination = z.infer<typeof destinationSchema>;
export type HeaderEdits = z.infer<typeof headersSchema>;
