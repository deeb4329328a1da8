import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapList } from '../../schema/structural.ts';
import { conditions, pendingConditions } from './conditions.ts';
import { controllerName } from './names.ts';
import { objectReference } from './references.ts';

/** gateway.networking.k8s.io GatewayClass: a kind of Gateways that one controller takes care of. */
export const gatewayClassSpecSchema = z.strictObject({
  controllerName: withRules(controllerName, { message: 'field is immutable', rule: 'self == oldSelf' }).describe(
    'The controller that takes care of Gateways of this class; cannot be changed.',
  ),
  parametersRef: objectReference.optional().describe('An object with settings of the controller for this class.'),
  description: z.string().max(64).optional().describe('What the class is for, for people.'),
});

export type GatewayClassSpec = z.input<typeof gatewayClassSpecSchema>;

export const gatewayClassStatusSchema = z
  .strictObject({
    conditions: conditions.default(() => pendingConditions('Accepted')),
    supportedFeatures: mapList(
      z
        .array(
          z.strictObject({ name: z.string().describe('Name of the feature, such as HTTPRouteQueryParamMatching.') }),
        )
        .max(64),
      'name',
    )
      .optional()
      .describe('Features of Gateway API that the controller has.'),
  })
  .default(() => ({ conditions: pendingConditions('Accepted') }));

export type GatewayClassStatus = z.input<typeof gatewayClassStatusSchema>;
