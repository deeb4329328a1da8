import { z } from 'zod';
import { qualifiedNameSchema } from '../../metadata.ts';
import { coreConditions } from './conditions.ts';

const standard = ['kubernetes', 'orphan', 'foregroundDeletion'];

const finalizerName = qualifiedNameSchema.refine((name) => name.includes('/') || standard.includes(name), {
  error: 'must be kubernetes, or a name with a domain such as example.com/cleanup',
});

/** Core v1 Namespace. */
export const namespaceSpecSchema = z.strictObject({
  finalizers: z
    .array(finalizerName)
    .optional()
    .describe('Who must clean up before the namespace goes; the server puts kubernetes here.'),
});

export type NamespaceSpec = z.input<typeof namespaceSpecSchema>;

export const namespaceStatusSchema = z.strictObject({
  phase: z.string().optional().describe('Active, or Terminating while it is deleted.'),
  conditions: coreConditions.optional(),
});

export type NamespaceStatus = z.input<typeof namespaceStatusSchema>;
