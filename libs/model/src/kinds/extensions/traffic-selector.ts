import { z } from 'zod';
import { mapList } from '../../schema/structural.ts';

const ports = mapList(
  z.array(z.strictObject({ number: z.int().min(1).max(65535).describe('Number of the port.') })),
  'number',
);

/** Traffic that passes an extension: all that is given must hold. */
export const trafficSelectorSchema = z.strictObject({
  mode: z
    .enum(['UNDEFINED', 'CLIENT', 'SERVER', 'CLIENT_AND_SERVER'])
    .optional()
    .describe('CLIENT: what the workload sends, and gateways. SERVER: what it gets. Default: both.'),
  ports: ports
    .optional()
    .describe('Ports, one of which must match: of the service that is called, or of the workload. Default: all.'),
});
