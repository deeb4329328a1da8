import { z } from 'zod';

/** Providers of the mesh's configuration, by name. */
export const providerRefs = z.array(
  z.strictObject({ name: z.string().min(1).describe('Name of an extension provider of the mesh’s configuration.') }),
);

/** On which side of the traffic the workload is. */
export const workloadMode = z.enum(['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']);

/** Traffic by direction. */
export const modeSelectorSchema = z.strictObject({
  mode: workloadMode
    .optional()
    .describe('CLIENT: what the workload sends. SERVER: what it gets. CLIENT_AND_SERVER: both (default).'),
});
