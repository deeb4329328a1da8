import { z } from 'zod';
import { labelsSchema, labelValueSchema, qualifiedNameSchema } from './metadata.ts';

const descriptions = {
  matchLabels: 'Labels with their values; all must be there.',
  matchExpressions: 'Further conditions; all must hold.',
  key: 'Name of the label.',
  operator: 'In, NotIn, Exists or DoesNotExist.',
  values: 'For In and NotIn: the values; else none.',
};

/** meta/v1 LabelSelector as the API server checks it in its own kinds: names, values and operators are valid. */
export const labelSelectorSchema = z
  .strictObject({
    matchLabels: labelsSchema.optional().describe(descriptions.matchLabels),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: qualifiedNameSchema.describe(descriptions.key),
            operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe(descriptions.operator),
            values: z.array(labelValueSchema).optional().describe(descriptions.values),
          })
          .refine(({ operator, values = [] }) => values.length > 0 === operator.endsWith('In'), {
            path: ['values'],
            error: 'must have a value for In and NotIn, and none for Exists and DoesNotExist',
          }),
      )
      .optional()
      .describe(descriptions.matchExpressions),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** meta/v1 LabelSelector as it stands in a CustomResourceDefinition: any text; the controller finds what is not valid. */
export const openLabelSelectorSchema = z
  .strictObject({
    matchLabels: z.record(z.string(), z.string()).optional().describe(descriptions.matchLabels),
    matchExpressions: z
      .array(
        z.strictObject({
          key: z.string().describe(descriptions.key),
          operator: z.string().describe(descriptions.operator),
          values: z.array(z.string()).optional().describe(descriptions.values),
        }),
      )
      .optional()
      .describe(descriptions.matchExpressions),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** Labels that an object must have; with neither part it selects everything. */
export type LabelSelector = z.input<typeof openLabelSelectorSchema>;
