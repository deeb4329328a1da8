import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';

const names = z.array(z.string());
const versions = z.enum(['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3']);

const certificate = z.strictObject({
  serverCertificate: z.string().optional().describe('Path of the certificate at the proxy.'),
  privateKey: z.string().optional().describe('Path of the certificate’s key at the proxy.'),
  caCertificates: z.string().optional().describe('Path of the roots that clients’ certificates are checked with.'),
});

const fields = z.strictObject({
  httpsRedirect: z.boolean().optional().describe('Answer plain HTTP with 301 to https. Default false.'),
  mode: z
    .enum(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'])
    .optional()
    .describe(
      'PASSTHROUGH: TLS routes choose by server name, not decrypted (default). SIMPLE: a server certificate. MUTUAL: clients must have one too; OPTIONAL_MUTUAL: may. ISTIO_MUTUAL: the mesh’s identities. AUTO_PASSTHROUGH: the server name says the service of another network.',
    ),
  serverCertificate: z.string().optional().describe('Path of the certificate at the proxy, in place of a secret.'),
  privateKey: z.string().optional().describe('Path of the certificate’s key at the proxy.'),
  caCertificates: z.string().optional().describe('Path of the roots that clients’ certificates are checked with.'),
  caCrl: z.string().optional().describe('Path of a list of revoked client certificates.'),
  credentialName: z
    .string()
    .optional()
    .describe(
      'Secret in the gateway’s namespace with tls.crt and tls.key; for MUTUAL also ca.crt, there or in NAME-cacert.',
    ),
  credentialNames: names
    .min(1)
    .max(2)
    .optional()
    .describe('Two such secrets, one with an RSA and one with an ECDSA certificate.'),
  caCertCredentialName: z
    .string()
    .optional()
    .describe('Secret or ConfigMap with the roots for clients’ certificates; wins over those of credentialName.'),
  tlsCertificates: z
    .array(certificate)
    .min(1)
    .max(2)
    .optional()
    .describe('Two certificates by path, one RSA and one ECDSA.'),
  subjectAltNames: names.optional().describe('Names of which a client’s certificate must have one; with MUTUAL.'),
  verifyCertificateSpki: names
    .optional()
    .describe(
      'SHA-256 of public keys of clients that may connect, in base64. One match of this or the next is enough.',
    ),
  verifyCertificateHash: names
    .optional()
    .describe('SHA-256 of certificates of clients that may connect, in hex, with or without colons.'),
  minProtocolVersion: versions.optional().describe('Oldest version of TLS; default TLSV1_2.'),
  maxProtocolVersion: versions.optional().describe('Newest version of TLS; default: the newest that the proxy has.'),
  cipherSuites: names.optional().describe('Cipher suites up to TLS 1.2, by OpenSSL’s names; default: Envoy’s.'),
  insecureSkipVerify: z
    .boolean()
    .nullish()
    .describe(
      'Let clients in even if their certificate is not valid; the application sees it in x-forwarded-client-cert. Default false.',
    ),
  ecdhCurves: names.optional().describe('Curves for the key exchange; default: Envoy’s.'),
  alpnProtocols: names.optional().describe('Protocols to offer by ALPN; default: those of the port’s protocol.'),
});

/** How a server ends, or passes on, TLS of clients. */
export const serverTlsSchema = withRules(
  fields,
  {
    rule: '(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1',
    message: 'only one of credentialNames or tlsCertificates can be set',
  },
  {
    rule: '(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1',
    message: 'only one of credentialName or credentialNames can be set',
  },
  {
    // The rule does not say what its message says, and neither does Istio's.
    rule: '(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1',
    message: 'only one of credentialName or tlsCertificates can be set',
  },
).meta({ id: 'ServerTLSSettings' });

export type ServerTlsSettings = z.infer<typeof serverTlsSchema>;
