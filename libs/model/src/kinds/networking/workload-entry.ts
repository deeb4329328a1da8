import { z } from 'zod';
import { labelsSchema, portNumberSchema } from '../../metadata.ts';

/** networking.istio.io WorkloadEntry: one instance of a workload outside a platform's registry. */
export const workloadEntrySpecSchema = z.strictObject({
  /** IPv4 or IPv6 address; host names and Unix sockets are refused for now. */
  address: z
    .union([z.ipv4(), z.ipv6()], {
      error: ({ input }) =>
        input === undefined
          ? 'is required: a network gateway in its place is not supported yet'
          : 'must be an IPv4 or IPv6 address',
    })
    .describe('IPv4 or IPv6 address of the instance.'),
  /** Service port name to the port on the address. */
  ports: z
    .record(z.string().min(1), portNumberSchema)
    .optional()
    .describe('Name of a service port to the port on the address; default: the service’s targetPort.'),
  labels: labelsSchema.optional().describe('Labels that Services select by and subsets tell apart by.'),
  network: z.string().optional().describe('Network that the instance is on.'),
  /** region/zone/subzone */
  locality: z.string().optional().describe('region, region/zone or region/zone/subzone.'),
  weight: z.int().min(1).optional().describe('Share of load among instances; default 1, at most 16777215.'),
  serviceAccount: z
    .string()
    .optional()
    .describe('Service account of the instance: with the namespace the identity that callers expect of it.'),
});

export type WorkloadEntrySpec = z.infer<typeof workloadEntrySpecSchema>;
