import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { positiveDuration } from '../istio-type/durations.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { corsPolicySchema } from './cors-policy.ts';
import { destinationSchema } from './destination.ts';
import { headersSchema } from './headers.ts';
import { delegateSchema, directResponseSchema, redirectSchema, rewriteSchema } from './http-actions.ts';
import { httpMatchSchema } from './http-match.ts';
import { faultSchema, mirrorPolicySchema, percentSchema, retriesSchema } from './http-resilience.ts';

const routeDestinationSchema = z.strictObject({
  destination: destinationSchema.describe('Where requests go.'),
  weight: int32()
    .optional()
    .describe('Share of requests among the destinations, relative to their sum; may be left out with one. 0: none.'),
  headers: headersSchema.optional().describe('Edits for this destination alone; they win over the rule’s.'),
});

const oldMirrorPercent = uint32().nullish();

/** One rule for HTTP: conditions, and what happens to requests that meet them. Without conditions it takes every request. */
export const httpRouteSchema = z.strictObject({
  name: z.string().optional().describe('Name of the rule, for access logs.'),
  match: z
    .array(httpMatchSchema)
    .optional()
    .describe('One of these must hold, each with all its conditions; without it every request matches.'),
  route: z
    .array(routeDestinationSchema)
    .optional()
    .describe('Destinations. A rule needs one of route, redirect, directResponse and delegate.'),
  redirect: redirectSchema.optional().describe('Send the caller elsewhere; no request is forwarded.'),
  directResponse: directResponseSchema.optional().describe('Answer with fixed content; no request is forwarded.'),
  delegate: delegateSchema
    .optional()
    .describe('Leave the rest to another VirtualService; only without route and redirect.'),
  rewrite: rewriteSchema.optional().describe('Change path or host before forwarding.'),
  timeout: positiveDuration
    .optional()
    .describe('For the whole request, retries included, at least 1ms; default: none.'),
  retries: retriesSchema.optional().describe('When to try again; default: the mesh’s retries.'),
  fault: faultSchema.optional().describe('Faults to inject on purpose; timeout and retries do not see them.'),
  mirror: destinationSchema.optional().describe('Also send a copy there; its answer is dropped.'),
  mirrors: z.array(mirrorPolicySchema).optional().describe('Several places for copies; not with mirror.'),
  mirrorPercent: oldMirrorPercent.describe('Deprecated: use mirrorPercentage. A whole number, 0 to 100.'),
  mirror_percent: oldMirrorPercent.describe('Deprecated: use mirrorPercentage. A whole number, 0 to 100.'),
  mirrorPercentage: percentSchema.optional().describe('Share that is copied to mirror; default 100.'),
  corsPolicy: corsPolicySchema.optional().describe('Which pages of other origins may call (CORS).'),
  headers: headersSchema.optional().describe('Edits of headers.'),
});

export type HttpRoute = z.infer<typeof httpRouteSchema>;
export type HttpRouteDestination = z.infer<typeof routeDestinationSchema>;
