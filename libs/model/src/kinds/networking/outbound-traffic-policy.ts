import { z } from 'zod';
import { destinationSchema } from './destination.ts';

/** What happens to traffic for hosts that the mesh does not know. */
export const outboundTrafficPolicySchema = z.strictObject({
  mode: z
    .enum(['REGISTRY_ONLY', 'ALLOW_ANY'])
    .optional()
    .describe('ALLOW_ANY: passed on. REGISTRY_ONLY: dropped; finds missing ServiceEntries, but is no firewall.'),
  egressProxy: destinationSchema
    .optional()
    .describe(
      'Host that it is sent to, with ALLOW_ANY; it must be among the egress hosts. Default: the address called.',
    ),
});
