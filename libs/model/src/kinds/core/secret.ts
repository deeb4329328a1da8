import { z } from 'zod';
import { bytes, dataKey } from './values.ts';

/** Types that Kubernetes gives a meaning; https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const secretTypes = [
  'Opaque',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
  'bootstrap.kubernetes.io/token',
];

/** Core v1 Secret: values are base64 in data, plain in stringData. */
export const secretFields = {
  type: z
    .string()
    .optional()
    .describe(
      `What the entries mean: ${secretTypes.join(', ')}, or any other text. Default Opaque. kubernetes.io/tls has tls.crt and tls.key.`,
    ),
  data: z
    .record(dataKey, bytes)
    .optional()
    .describe('Values in base64. TLS reads tls.crt, tls.key, ca.crt and ca.crl, or cert, key, cacert and crl.'),
  stringData: z
    .record(dataKey, z.string())
    .optional()
    .describe('Values as plain text; win over data, where they end up.'),
  immutable: z.boolean().optional().describe('Refuse changes of data from now on.'),
};
