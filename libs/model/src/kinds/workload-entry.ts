import { z } from 'zod';
import { labelsSchema, portNumberSchema } from '../metadata.ts';

/** networking.istio.io WorkloadEntry: one instance of a workload outside a platform's registry. */
export const workloadEntrySpecSchema = z.strictObject({
  /** IPv4 or IPv6 address; host names and Unix sockets are refused for now. */
  address: z.union([z.ipv4(), z.ipv6()], {
    error: ({ input }) =>
      input === undefined
        ? 'is required: a network gateway in its place is not supported yet'
        : 'must be an IPv4 or IPv6 address',
  }),
  /** Service port name to the port on the address. */
  ports: z.record(z.string().min(1), portNumberSchema).optional(),
  labels: labelsSchema.optional(),
  network: z.string().optional(),
  /** region/zone/subzone */
  locality: z.string().optional(),
  weight: z.int().min(1).optional(),
  serviceAccount: z.string().optional(),
});

export type WorkloadEntrySpec = z.infer<typeof workloadEntrySpecSchema>;
