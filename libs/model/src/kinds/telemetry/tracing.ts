import { z } from 'zod';
import { double } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { modeSelectorSchema, providerRefs } from './telemetry-scope.ts';

const text = z.string().min(1);
const named = (what: string) =>
  z.strictObject({
    name: text.describe(`Name of the ${what}.`),
    defaultValue: z.string().optional().describe(`Value where there is no such ${what}; default: no tag.`),
  });

const customTagSchema = atMostOneOf(
  z.strictObject({
    literal: z
      .strictObject({ value: text.describe('The value.') })
      .optional()
      .describe('Always the same value.'),
    environment: named('environment variable').optional().describe('Value of a variable of the proxy’s environment.'),
    header: named('request header').optional().describe('Value of a request header.'),
    formatter: z
      .strictObject({ value: text.describe('Text with Envoy’s operators, such as %REQUESTED_SERVER_NAME%.') })
      .optional()
      .describe('Value as access logs are written.'),
  }),
  ['literal', 'environment', 'header', 'formatter'],
);

/** What is traced, and where spans go. */
export const tracingSchema = z.strictObject({
  match: modeSelectorSchema.optional().describe('Traffic that it is for; default: all.'),
  providers: providerRefs
    .optional()
    .describe('Where spans go: one provider at most; default: the mesh’s default provider.'),
  randomSamplingPercentage: double()
    .min(0)
    .max(100)
    .nullish()
    .describe('Share of requests that are traced, if no caller has decided; 0 to 100, in steps of 0.01. Default 0.'),
  disableSpanReporting: z
    .boolean()
    .nullish()
    .describe('Send no spans; requests still carry the trace on. Default: as the wider policy, else false.'),
  customTags: z
    .record(z.string(), customTagSchema)
    .optional()
    .describe('Further tags of spans, by name of the tag; replace those of wider policies.'),
  useRequestIdForTraceSampling: z
    .boolean()
    .nullish()
    .describe('Let x-request-id say whether to trace; false if others than Envoy make it. Default true.'),
  enableIstioTags: z.boolean().nullish().describe('Add Istio’s own tags, such as the mesh id; default true.'),
  disableContextPropagation: z
    .boolean()
    .nullish()
    .describe('Take trace headers out of forwarded requests, such as at egress gateways; default false.'),
});
