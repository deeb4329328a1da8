import { z } from 'zod';
import { workloadSelectorSchema } from '../../metadata.ts';

const mutualTlsSchema = z.strictObject({
  mode: z
    .enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'])
    .optional()
    .describe('UNSET: inherit (default). DISABLE: plain text. PERMISSIVE: both. STRICT: mutual TLS only.'),
});

/** security.istio.io PeerAuthentication. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/ */
export const peerAuthenticationSpecSchema = z.strictObject({
  selector: workloadSelectorSchema
    .optional()
    .describe('Workloads it is for; without one: all of the namespace, or of the mesh in the root namespace.'),
  mtls: mutualTlsSchema
    .optional()
    .describe('What the workloads accept; default: that of the namespace, then of the mesh, then PERMISSIVE.'),
  /** Keyed by workload port. */
  portLevelMtls: z
    .record(z.string().regex(/^\d+$/, { error: 'must be a port number' }), mutualTlsSchema)
    .optional()
    .describe('By workload port (the targetPort); needs a selector.'),
});

export type PeerAuthenticationSpec = z.infer<typeof peerAuthenticationSpecSchema>;
