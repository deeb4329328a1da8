import { z } from 'zod';
import { withRules, type CelRule } from '../../schema/kubernetes-schema.ts';
import { workloadSelectorSchema } from './workload-selector.ts';

/** An object that a policy is attached to, in the policy's own namespace. */
export const policyTargetReferenceSchema = z
  .strictObject({
    group: z
      .string()
      .max(253)
      .regex(/^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
      .optional()
      .describe('API group of the target; empty for the core group, such as a Service.'),
    kind: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/)
      .describe('Kind of the target: Gateway, GatewayClass, Service or ServiceEntry.'),
    name: z.string().min(1).max(253).describe('Name of the target.'),
    namespace: withRules(z.string(), {
      rule: 'self.size() == 0',
      message: 'cross namespace referencing is not currently supported',
    })
      .optional()
      .describe('Leave it out: a policy can name only targets of its own namespace.'),
  })
  .meta({ id: 'PolicyTargetReference' });

/** Fields that say what a policy is for, next to each other in its spec: at most one may be given, see {@link oneTargetRule}. */
export const policyTargets = {
  selector: workloadSelectorSchema
    .optional()
    .describe(
      'Workloads it is for. Without selector and targets: all of the namespace, or of the mesh in the root namespace.',
    ),
  targetRefs: z
    .array(policyTargetReferenceSchema)
    .max(16)
    .optional()
    .describe('Gateways, waypoints or services it is for, in place of a selector.'),
};

/** One target, the older form of targetRefs. */
export const targetRefField = policyTargetReferenceSchema
  .optional()
  .describe('Deprecated: use targetRefs. One gateway or service it is for.');

/** At most one of selector, targetRef and targetRefs. */
export const oneTargetRule: CelRule = {
  rule: '(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1',
  message: 'only one of targetRefs or selector can be set',
};

export type PolicyTargetReference = z.infer<typeof policyTargetReferenceSchema>;
