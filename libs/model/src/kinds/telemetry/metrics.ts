import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { positiveDuration } from '../istio-type/durations.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { providerRefs, workloadMode } from './telemetry-scope.ts';

const metricSelectorSchema = atMostOneOf(
  z.strictObject({
    metric: z
      .enum([
        'ALL_METRICS',
        'REQUEST_COUNT',
        'REQUEST_DURATION',
        'REQUEST_SIZE',
        'RESPONSE_SIZE',
        'TCP_OPENED_CONNECTIONS',
        'TCP_CLOSED_CONNECTIONS',
        'TCP_SENT_BYTES',
        'TCP_RECEIVED_BYTES',
        'GRPC_REQUEST_MESSAGES',
        'GRPC_RESPONSE_MESSAGES',
      ])
      .optional()
      .describe('One of Istio’s standard metrics, or ALL_METRICS (default).'),
    customMetric: z.string().min(1).optional().describe('Any other metric, by name; nobody checks that it is there.'),
    mode: workloadMode
      .optional()
      .describe('CLIENT: metrics of callers. SERVER: of those called. CLIENT_AND_SERVER: both (default).'),
  }),
  ['metric', 'customMetric'],
);

const tagOverrideSchema = withRules(
  z.strictObject({
    operation: z
      .enum(['UPSERT', 'REMOVE'])
      .optional()
      .describe('UPSERT: set the label (default). REMOVE: leave it out.'),
    value: z
      .string()
      .optional()
      .describe('Value of the label in CEL over Envoy’s attributes, such as request.host; with UPSERT only.'),
  }),
  {
    rule: '((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true',
    message: 'value must be set when operation is UPSERT',
  },
  {
    rule: '((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true',
    message: 'value must not be set when operation is REMOVE',
  },
);

const overrideSchema = z.strictObject({
  match: metricSelectorSchema.optional().describe('Metrics that it is for; default: all.'),
  disabled: z.boolean().nullish().describe('Do not make these metrics; default: as the wider policy, else false.'),
  tagOverrides: z
    .record(z.string(), tagOverrideSchema)
    .optional()
    .describe('Labels to set or leave out, by name of the label.'),
});

/** Which metrics are made, with which labels. */
export const metricsSchema = z.strictObject({
  providers: providerRefs.optional().describe('Providers that it is for; default: the mesh’s default providers.'),
  overrides: z
    .array(overrideSchema)
    .optional()
    .describe('Changes in order, after those of wider policies: write general ones first.'),
  reportingInterval: positiveDuration
    .optional()
    .describe('Time between reports of open TCP connections, at least 1ms; default 5s.'),
});
