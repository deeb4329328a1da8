import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { oneTargetRule, policyTargets, targetRefField } from '../istio-type/policy-target.ts';
import { accessLoggingSchema } from './access-logging.ts';
import { metricsSchema } from './metrics.ts';
import { tracingSchema } from './tracing.ts';

/** telemetry.istio.io Telemetry. Source: https://istio.io/latest/docs/reference/config/telemetry/ */
export const telemetrySpecSchema = withRules(
  z.strictObject({
    ...policyTargets,
    targetRef: targetRefField,
    tracing: z.array(tracingSchema).optional().describe('What is traced, and where spans go.'),
    metrics: z.array(metricsSchema).optional().describe('Which metrics are made, with which labels.'),
    accessLogging: z.array(accessLoggingSchema).optional().describe('What is logged, and where log entries go.'),
  }),
  oneTargetRule,
);

export type TelemetrySpec = z.infer<typeof telemetrySpecSchema>;
