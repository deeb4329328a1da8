import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { policyTargets } from '../istio-type/policy-target.ts';

const mutualTlsSchema = z.strictObject({
  mode: z
    .enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'])
    .optional()
    .describe('UNSET: inherit (default). DISABLE: plain text. PERMISSIVE: both. STRICT: mutual TLS only.'),
});

const byPort = z
  .record(z.string(), mutualTlsSchema)
  .refine((ports) => Object.keys(ports).length > 0, { error: 'must not be empty' })
  .meta({ minProperties: 1 });

const portLevelMtls = withRules(byPort, {
  rule: 'self.all(key, 0 < int(key) && int(key) <= 65535)',
  message: 'port must be between 1-65535',
});

/** security.istio.io PeerAuthentication. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/ */
export const peerAuthenticationSpecSchema = withRules(
  z.strictObject({
    selector: policyTargets.selector,
    mtls: mutualTlsSchema
      .optional()
      .describe('What the workloads accept; default: that of the namespace, then of the mesh, then PERMISSIVE.'),
    portLevelMtls: portLevelMtls
      .optional()
      .describe('By workload port (the targetPort), 1 to 65535; needs a selector. Wins over mtls.'),
  }),
  {
    rule: 'has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true',
    message: 'portLevelMtls requires selector',
  },
);

export type PeerAuthenticationSpec = z.infer<typeof peerAuthenticationSpecSchema>;
