import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';
import { workloadSelectorSchema } from '../istio-type/workload-selector.ts';
import { exportToSchema } from './export-to.ts';
import { trafficPolicySchema } from './traffic-policy.ts';

const subsetSchema = z.strictObject({
  name: z.string().describe('Name that routes use.'),
  labels: stringMap()
    .optional()
    .describe('Labels of its instances, besides those of the service’s selector. Without them: all instances.'),
  trafficPolicy: trafficPolicySchema.optional().describe('Its blocks replace those of the whole rule.'),
});

/** networking.istio.io DestinationRule. Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRuleSpecSchema = z.strictObject({
  host: z.string().describe('A service: full name, short name of the own namespace, or *.suffix.'),
  trafficPolicy: trafficPolicySchema.optional().describe('For all subsets, and for traffic that names none.'),
  subsets: z.array(subsetSchema).optional().describe('Versions of the service, told apart by labels.'),
  exportTo: exportToSchema,
  workloadSelector: workloadSelectorSchema
    .optional()
    .describe('Callers it is for, of its own namespace; it then replaces other rules there. Default: all callers.'),
});

export type DestinationRuleSpec = z.infer<typeof destinationRuleSpecSchema>;
