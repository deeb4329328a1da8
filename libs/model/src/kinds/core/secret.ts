import { z } from 'zod';

/** Core v1 Secret: values are base64 in data, plain in stringData. */
export const secretFields = {
  type: z.enum(['Opaque', 'kubernetes.io/tls']).optional().describe('kubernetes.io/tls requires tls.crt and tls.key.'),
  data: z
    .record(z.string(), z.base64())
    .optional()
    .describe('Values in base64. TLS origination reads tls.crt, tls.key and ca.crt.'),
  stringData: z.record(z.string(), z.string()).optional().describe('Values as plain text; win over data.'),
  immutable: z.boolean().optional().describe('Refuse changes of data from now on.'),
};
