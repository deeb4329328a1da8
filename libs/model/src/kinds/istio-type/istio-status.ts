import { z } from 'zod';
import { intOrString } from '../../schema/kubernetes-schema.ts';
import { dateTime } from '../../schema/structural.ts';

const text = z.string().optional();

const conditionSchema = z.strictObject({
  type: text.describe('What it is about, such as Reconciled.'),
  status: text.describe('True, False or Unknown.'),
  reason: text.describe('Why, in one word for programs.'),
  message: text.describe('Why, for people.'),
  observedGeneration: intOrString().optional().describe('metadata.generation that it was found for.'),
  lastProbeTime: dateTime().optional().describe('When it was last looked at.'),
  lastTransitionTime: dateTime().optional().describe('When status last changed.'),
});

const messageSchema = z.strictObject({
  level: z.enum(['UNKNOWN', 'ERROR', 'WARNING', 'INFO']).optional().describe('How bad it is.'),
  type: z
    .strictObject({
      code: text.describe('Code of the message, such as IST0101.'),
      name: text.describe('Name of the message, such as ReferencedResourceNotFound.'),
    })
    .optional()
    .describe('Which message it is.'),
  documentationUrl: text.describe('Page about the message.'),
});

/**
 * Status of every kind of Istio. The control plane writes it; clients' is dropped. Fields that are not known are kept, so that a newer
 * control plane's status can be read.
 */
export const istioStatusSchema = z
  .looseObject({
    conditions: z.array(conditionSchema).optional().describe('What the control plane found out.'),
    validationMessages: z.array(messageSchema).optional().describe('What analysis found.'),
    observedGeneration: intOrString().optional().describe('metadata.generation that all of it is for.'),
  })
  .meta({ 'x-kubernetes-preserve-unknown-fields': true })
  .optional()
  .describe('What the control plane says of the object; clients’ is dropped.');
