import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapOf } from '../../schema/structural.ts';

const matchLabels = withRules(
  mapOf(
    withRules(z.string().max(63), {
      rule: '!self.contains("*")',
      message: 'wildcard not allowed in label value match',
    }),
    4096,
  ),
  { rule: 'self.all(key, !key.contains("*"))', message: 'wildcard not allowed in label key match' },
  { rule: 'self.all(key, key.size() != 0)', message: 'key must not be empty' },
);

/** Workloads by `matchLabels`: what policies of security, telemetry and extensions select with (istio.type.v1beta1.WorkloadSelector). */
export const workloadSelectorSchema = z
  .strictObject({
    matchLabels: matchLabels
      .optional()
      .describe('Labels that a workload must have, all of them; empty selects every workload of the scope.'),
  })
  .meta({ id: 'WorkloadSelector' });

/** Workloads by `labels`: what kinds of networking select with (istio.networking.v1alpha3.WorkloadSelector). */
export const networkingSelectorSchema = z
  .strictObject({
    labels: mapOf(
      withRules(z.string().max(63), {
        rule: '!self.contains("*")',
        message: 'wildcard is not supported in selector',
      }),
      256,
    )
      .optional()
      .describe('Labels that a workload must have, all of them.'),
  })
  .meta({ id: 'NetworkingWorkloadSelector' });

export type WorkloadSelector = z.infer<typeof workloadSelectorSchema>;
export type NetworkingWorkloadSelector = z.infer<typeof networkingSelectorSchema>;
