import { z } from 'zod';
import { dnsLabelSchema, labelsSchema, portNumberSchema } from '../metadata.ts';

/** Core v1 Service, as far as the mesh reads it. */
export const serviceSpecSchema = z.strictObject({
  type: z.enum(['ClusterIP']).optional(),
  clusterIP: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' }).optional(),
  selector: labelsSchema.optional(),
  ports: z
    .array(
      z.strictObject({
        name: dnsLabelSchema.optional(),
        port: portNumberSchema,
        targetPort: z.union([portNumberSchema, dnsLabelSchema]).optional(),
        protocol: z.enum(['TCP']).optional(),
        /** http, http2, kubernetes.io/h2c, grpc or tcp; wins over the name's prefix. */
        appProtocol: z.string().optional(),
      }),
    )
    .min(1),
});

/** Core v1 Secret: values are base64 in data, plain in stringData. */
export const secretFields = {
  type: z.enum(['Opaque', 'kubernetes.io/tls']).optional(),
  data: z.record(z.string(), z.base64()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
  immutable: z.boolean().optional(),
};

export type ServiceSpec = z.infer<typeof serviceSpecSchema>;
