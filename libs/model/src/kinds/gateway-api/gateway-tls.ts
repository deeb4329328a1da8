import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapList } from '../../schema/structural.ts';
import { portNumber } from './names.ts';
import { objectReference, secretObjectReference } from './references.ts';

const clientTls = z.strictObject({
  validation: z
    .strictObject({
      caCertificateRefs: withRules(z.array(objectReference).min(1).max(16), {
        message: 'ClusterTrustBundle references must not specify namespace',
        rule: "self.all(r, !(r.group == 'certificates.k8s.io' && r.kind == 'ClusterTrustBundle' && has(r.namespace)))",
      }).describe('Objects with the CA certificates of clients, such as a ConfigMap with the key ca.crt.'),
      mode: z
        .enum(['AllowValidOnly', 'AllowInsecureFallback'])
        .default('AllowValidOnly')
        .describe('AllowValidOnly, or AllowInsecureFallback: clients without a valid certificate pass too.'),
    })
    .optional()
    .describe('Asks clients for a certificate and checks it.'),
});

/** TLS of a whole Gateway, beside that of its listeners. */
export const gatewayTls = z.strictObject({
  backend: z
    .strictObject({
      clientCertificateRef: secretObjectReference
        .optional()
        .describe('Certificate with which the Gateway shows who it is to backends.'),
    })
    .optional()
    .describe('For connections to backends.'),
  frontend: z
    .strictObject({
      default: clientTls.describe('For every port that perPort does not name.'),
      perPort: withRules(
        mapList(
          z
            .array(
              z.strictObject({
                port: portNumber.describe('Port of HTTPS listeners.'),
                tls: clientTls.describe('For this port, instead of default.'),
              }),
            )
            .max(64),
          'port',
        ),
        {
          message: 'Port for TLS configuration must be unique within the Gateway',
          rule: 'self.all(t1, self.exists_one(t2, t1.port == t2.port))',
        },
      )
        .optional()
        .describe('Ports with settings of their own.'),
    })
    .optional()
    .describe('For connections of clients to HTTPS listeners that end TLS.'),
});
