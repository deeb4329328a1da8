import { z } from 'zod';
import { coreConditions } from './conditions.ts';

/** Core v1 Namespace. */
export const namespaceSpecSchema = z.strictObject({
  finalizers: z
    .array(z.string())
    .optional()
    .describe('Who must clean up before the namespace goes; the server puts kubernetes here.'),
});

export type NamespaceSpec = z.input<typeof namespaceSpecSchema>;

export const namespaceStatusSchema = z.strictObject({
  phase: z.string().optional().describe('Active, or Terminating while it is deleted.'),
  conditions: coreConditions.optional(),
});

export type NamespaceStatus = z.input<typeof namespaceStatusSchema>;
