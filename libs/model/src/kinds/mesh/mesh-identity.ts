import { z } from 'zod';
import { anyDuration } from '../istio-type/durations.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { clientTlsSchema } from '../networking/client-tls.ts';

/** Root certificates that workloads trust besides those of the mesh's own authority. */
export const trustAnchorSchema = atMostOneOf(
  z.strictObject({
    pem: z.string().optional().describe('The certificate, in PEM.'),
    spiffeBundleUrl: z.string().optional().describe('URL of a SPIFFE bundle endpoint that gives the certificates.'),
    certSigners: z.array(z.string()).optional().describe('Kubernetes signers that it belongs to; default: all.'),
    trustDomains: z
      .array(z.string())
      .optional()
      .describe('Trust domains that it belongs to; default: the mesh’s own and its aliases.'),
  }),
  ['pem', 'spiffeBundleUrl'],
);

/** An authority of one's own that signs workloads' certificates. */
export const externalAuthoritySchema = z.strictObject({
  address: z.string().optional().describe('host:port of a server of Istio’s CA protocol; required.'),
  tlsSettings: clientTlsSchema.optional().describe('How connections to it are secured; default MUTUAL.'),
  requestTimeout: anyDuration.optional().describe('Time for a signature; default 10s.'),
  istiodSide: z.boolean().optional().describe('The control plane asks it, not the agents. Default true.'),
});

/** A certificate that the control plane provides; old. */
export const providedCertificateSchema = z.strictObject({
  secretName: z.string().optional().describe('Secret that it is put into; default: a folder.'),
  dnsNames: z.array(z.string()).optional().describe('Names that it has.'),
});

/** A place that configuration comes from. */
export const configSourceSchema = z.strictObject({
  address: z.string().optional().describe('xds://host:port, k8s:// or fs:///folder.'),
  tlsSettings: clientTlsSchema.optional().describe('How connections to it are secured.'),
  subscribedResources: z
    .array(z.enum(['SERVICE_REGISTRY']))
    .optional()
    .describe('What comes from it; default: all configuration. SERVICE_REGISTRY: services alone.'),
});
