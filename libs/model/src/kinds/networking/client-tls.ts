import { z } from 'zod';

/** How connections to a host are secured, at the caller. */
export const clientTlsSchema = z
  .strictObject({
    mode: z
      .enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'])
      .optional()
      .describe(
        'DISABLE: plain text (default). SIMPLE: TLS. MUTUAL: with a certificate of one’s own. ISTIO_MUTUAL: with the mesh’s identity.',
      ),
    clientCertificate: z.string().optional().describe('Path of the certificate at the proxy; MUTUAL without a secret.'),
    privateKey: z.string().optional().describe('Path of the certificate’s key at the proxy; MUTUAL without a secret.'),
    caCertificates: z
      .string()
      .optional()
      .describe('Path of the roots that the server’s certificate is checked with; default: the system’s.'),
    caCrl: z.string().optional().describe('Path of a list of revoked certificates; not with credentialName.'),
    credentialName: z
      .string()
      .optional()
      .describe(
        'Secret in the caller’s namespace with ca.crt, and tls.crt and tls.key for MUTUAL, in place of paths; at sidecars only in rules with a workloadSelector.',
      ),
    caCertCredentialName: z
      .string()
      .optional()
      .describe('Secret or ConfigMap with the roots alone, in place of those of credentialName.'),
    sni: z
      .string()
      .optional()
      .describe('Server name in the handshake; default with SIMPLE and MUTUAL: the Host header.'),
    subjectAltNames: z
      .array(z.string())
      .optional()
      .describe('Names of which the server’s certificate must have one; ISTIO_MUTUAL: SPIFFE ids. Default: the host.'),
    insecureSkipVerify: z
      .boolean()
      .nullish()
      .describe('Accept any certificate; only with SIMPLE and MUTUAL. Default false.'),
  })
  .meta({ id: 'ClientTLSSettings' });

export type ClientTlsSettings = z.infer<typeof clientTlsSchema>;
