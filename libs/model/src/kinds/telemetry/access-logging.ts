import { z } from 'zod';
import { modeSelectorSchema, providerRefs } from './telemetry-scope.ts';

/** What is logged, and where log entries go. */
export const accessLoggingSchema = z.strictObject({
  match: modeSelectorSchema.optional().describe('Traffic that it is for; default: all.'),
  providers: providerRefs.optional().describe('Where log entries go; default: the mesh’s default providers.'),
  disabled: z.boolean().nullish().describe('Log nothing to these providers; default: as the wider policy, else false.'),
  filter: z
    .strictObject({
      expression: z
        .string()
        .optional()
        .describe('Condition in CEL over Envoy’s attributes, such as response.code >= 400.'),
    })
    .optional()
    .describe('Log only what meets a condition; default: everything.'),
});
