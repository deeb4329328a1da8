import { z } from 'zod';
import { dateTime, int64, mapList } from '../../schema/structural.ts';
import { controllerName } from './names.ts';
import { parentReference } from './references.ts';

/** One thing that a controller found out about an object, as Kubernetes' meta/v1 Condition. */
export const conditionSchema = z.strictObject({
  type: z
    .string()
    .max(316)
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
      { error: 'must be a name such as Accepted or example.com/Ready' },
    )
    .describe('What it is about, such as Accepted.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: int64().min(0).optional().describe('metadata.generation that it was found for.'),
  lastTransitionTime: dateTime().describe('When status last changed.'),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, { error: 'must be one word in CamelCase' })
    .describe('Why, in one word for programs.'),
  message: z.string().max(32768).describe('Why, for people; may be empty.'),
});

/** Up to eight conditions, one of each type. */
export const conditions = mapList(z.array(conditionSchema).max(8), 'type').describe('What the controller found out.');

/** As {@link conditions}, but at least one. */
const someConditions = mapList(z.array(conditionSchema).min(1).max(8), 'type').describe(
  'What the controller found out.',
);

/** The conditions of an object that no controller has looked at yet. */
export function pendingConditions(...types: readonly string[]): z.output<typeof conditionSchema>[] {
  return types.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting for controller',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  }));
}

/** Status of every route: what each of its parents made of it. */
export const routeStatusSchema = z.strictObject({
  parents: z
    .array(
      z.strictObject({
        parentRef: parentReference.describe('The parent, as in spec.parentRefs.'),
        controllerName: controllerName.describe('The controller that wrote this.'),
        conditions: someConditions,
      }),
    )
    .max(32)
    .describe('One entry for each parent and controller.'),
});

export type RouteStatus = z.input<typeof routeStatusSchema>;

/** Status of a policy: what it came to for each Gateway that it reaches. */
export const policyStatusSchema = z.strictObject({
  ancestors: z
    .array(
      z.strictObject({
        ancestorRef: parentReference.describe('The Gateway, or what else has the policy’s target below it.'),
        controllerName: controllerName.describe('The controller that wrote this.'),
        conditions: someConditions,
      }),
    )
    .max(16)
    .describe('One entry for each ancestor and controller.'),
});

export type PolicyStatus = z.input<typeof policyStatusSchema>;
