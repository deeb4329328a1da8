import { z } from 'zod';
import { uint32 } from '../istio-type/numbers.ts';

/** A port by its number. */
export const portSelectorSchema = z.strictObject({
  number: uint32().optional().describe('Number of the port, 1 to 65535.'),
});

/** Where traffic goes: a service of the registry, one of its ports, one of its subsets. */
export const destinationSchema = z
  .strictObject({
    host: z
      .string()
      .describe('A service: full name, or short for one of the rule’s own namespace. Full names avoid surprises.'),
    subset: z.string().optional().describe('A subset of the host’s DestinationRule; default: all of its instances.'),
    port: portSelectorSchema
      .optional()
      .describe('A port of the service; default: its only one, else the one that was called.'),
  })
  .meta({ id: 'Destination' });

export type Destination = z.infer<typeof destinationSchema>;
