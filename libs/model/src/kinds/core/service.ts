import { z } from 'zod';
import { dnsLabelSchema, labelsSchema, portNumberSchema } from '../../metadata.ts';

/** Core v1 Service, as far as the mesh reads it. */
export const serviceSpecSchema = z.strictObject({
  type: z.enum(['ClusterIP']).optional().describe('Only ClusterIP, the default.'),
  clusterIP: z
    .union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' })
    .optional()
    .describe('Virtual address, where traffic is intercepted; the mesh gives out none by itself.'),
  selector: labelsSchema.optional().describe('Labels of the workloads behind the service; all must match.'),
  ports: z
    .array(
      z.strictObject({
        name: dnsLabelSchema
          .optional()
          .describe(
            'Required with several ports. Its part before the first dash is the protocol (http, http2, grpc, tcp) unless appProtocol says it.',
          ),
        port: portNumberSchema.describe('Port that clients call.'),
        targetPort: z
          .union([portNumberSchema, dnsLabelSchema])
          .optional()
          .describe('Port of the workloads, or its name in their registration; default: port.'),
        protocol: z.enum(['TCP']).optional().describe('Only TCP, the default.'),
        /** http, http2, kubernetes.io/h2c, grpc or tcp; wins over the name's prefix. */
        appProtocol: z.string().optional().describe('http, http2, kubernetes.io/h2c, grpc or tcp; wins over the name.'),
      }),
    )
    .min(1)
    .describe('Ports that clients call.'),
});

export type ServiceSpec = z.infer<typeof serviceSpecSchema>;
