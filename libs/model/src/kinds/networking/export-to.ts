import { z } from 'zod';

/** Who sees a resource; the same field of VirtualService, DestinationRule and ServiceEntry. */
export const exportToSchema = z
  .array(z.string())
  .optional()
  .describe('Namespaces whose workloads see it: names, . (its own) or * (all). Default: what the mesh sets, else all.');
