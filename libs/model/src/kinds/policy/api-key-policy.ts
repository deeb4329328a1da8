import { z } from 'zod';
import { workloadSelectorSchema } from '../istio-type/workload-selector.ts';

/** policy.malla.io ApiKeyPolicy: what the built-in authorizer `malla` asks for. */
export const apiKeyPolicySpecSchema = z.strictObject({
  selector: workloadSelectorSchema
    .optional()
    .describe(
      'Workloads whose callers need a key. Default: all of the namespace, or of the mesh in the root namespace.',
    ),
  header: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[-_A-Za-z0-9]+$/)
    .optional()
    .describe('Request header that holds the key; default x-api-key.'),
  secretRef: z
    .strictObject({
      name: z.string().min(1).max(253).describe('Name of the Secret.'),
    })
    .describe(
      'Secret of the same namespace with the keys: each key of its data is the name of a client, the value its API key.',
    ),
});

export type ApiKeyPolicySpec = z.infer<typeof apiKeyPolicySpecSchema>;
