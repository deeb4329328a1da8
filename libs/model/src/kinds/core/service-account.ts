import { z } from 'zod';
import { mergeList } from '../../schema/structural.ts';
import { localObjectReference, objectReference } from './references.ts';

/** Core v1 ServiceAccount: with its namespace the identity of workloads. */
export const serviceAccountFields = {
  secrets: mergeList(z.array(objectReference), ['name'], { duplicates: 'allowed' })
    .optional()
    .describe('Secrets that pods of the account may mount.'),
  imagePullSecrets: z
    .array(localObjectReference)
    .optional()
    .describe('Secrets with which images of its pods are pulled.'),
  automountServiceAccountToken: z
    .boolean()
    .optional()
    .describe('Whether pods get a token of the account; a pod may say otherwise. Default true.'),
};
