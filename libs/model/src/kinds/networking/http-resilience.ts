import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { positiveDuration } from '../istio-type/durations.ts';
import { double } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { destinationSchema } from './destination.ts';

/** A share of requests, 0 to 100 with fractions. */
export const percentSchema = z
  .strictObject({ value: double().optional().describe('Percentage, 0 to 100; fractions such as 0.1 are allowed.') })
  .meta({ id: 'Percent' });

/** When a request that failed is tried again. */
export const retriesSchema = z.strictObject({
  attempts: int32()
    .optional()
    .describe('Retries after the first try; default 0: none. A rule without the whole block has the mesh’s, 2.'),
  perTryTimeout: positiveDuration
    .optional()
    .describe('Time for each try, at least 1ms; default: the timeout of the whole request.'),
  retryOn: z
    .string()
    .optional()
    .describe(
      'Conditions of Envoy and status codes, with commas; default connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes.',
    ),
  retryRemoteLocalities: z.boolean().nullish().describe('Go to other localities when trying again; default false.'),
  retryIgnorePreviousHosts: z
    .boolean()
    .nullish()
    .describe('Go to an instance that was not tried yet; default true, false with consistent hashing.'),
  backoff: positiveDuration
    .optional()
    .describe('Wait before the first retry, then growing to ten times as much; default 25ms.'),
});

const delaySchema = atMostOneOf(
  z.strictObject({
    percent: int32().optional().describe('Deprecated: use percentage. A whole number, 0 to 100.'),
    percentage: percentSchema.optional().describe('Share that is delayed; without it none is.'),
    fixedDelay: positiveDuration.optional().describe('How long, at least 1ms.'),
    exponentialDelay: positiveDuration.optional().describe('A random delay with this mean. Has no effect.'),
  }),
  ['fixedDelay', 'exponentialDelay'],
);

const abortSchema = atMostOneOf(
  z.strictObject({
    percentage: percentSchema.optional().describe('Share that is aborted; without it none is.'),
    httpStatus: int32().optional().describe('Status of the answer, 200 to 599.'),
    grpcStatus: z.string().optional().describe('gRPC status of the answer by name, such as UNAVAILABLE, or number.'),
    http2Error: z.string().optional().describe('Error code of HTTP/2. Has no effect.'),
  }),
  ['httpStatus', 'grpcStatus', 'http2Error'],
);

/** Faults to inject on purpose, at the caller, before retries and timeout begin. */
export const faultSchema = z.strictObject({
  delay: delaySchema.optional().describe('Wait before forwarding.'),
  abort: abortSchema.optional().describe('Answer without forwarding.'),
});

/** Sends copies of requests elsewhere. */
export const mirrorPolicySchema = z.strictObject({
  destination: destinationSchema.describe('Where copies go; answers are dropped.'),
  percentage: percentSchema.optional().describe('Share of requests that is copied; default 100.'),
});
