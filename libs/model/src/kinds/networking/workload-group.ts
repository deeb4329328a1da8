import { z } from 'zod';
import { mapOf } from '../../schema/structural.ts';
import { readinessProbeSchema } from './readiness-probe.ts';
import { workloadTemplateSchema } from './workload-entry.ts';

/** networking.istio.io WorkloadGroup: what instances that register themselves have in common. Source: https://istio.io/latest/docs/reference/config/networking/workload-group/ */
export const workloadGroupSpecSchema = z.strictObject({
  metadata: z
    .strictObject({
      labels: mapOf(z.string(), 256).optional().describe('Labels of its entries.'),
      annotations: mapOf(z.string(), 256).optional().describe('Annotations of its entries.'),
    })
    .optional()
    .describe('Labels and annotations of the entries that are made for its instances.'),
  template: workloadTemplateSchema.describe(
    'What its entries are made from; without address and labels. Its serviceAccount is the instances’ identity, default: default.',
  ),
  probe: readinessProbeSchema
    .optional()
    .describe('How an instance’s agent finds out whether it is ready; default: it always is.'),
});

export type WorkloadGroupSpec = z.infer<typeof workloadGroupSpecSchema>;
