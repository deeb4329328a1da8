import { z } from 'zod';
import { port } from './values.ts';

/** Where a load balancer is reached, for Service and Ingress. */
export const loadBalancerStatus = z.strictObject({
  ingress: z
    .array(
      z.strictObject({
        ip: z.string().optional().describe('Its address.'),
        hostname: z.string().optional().describe('Its DNS name.'),
        ipMode: z.string().optional().describe('VIP: packets arrive with its address; Proxy: with that of the node.'),
        ports: z
          .array(
            z.strictObject({
              port: port.describe('The port.'),
              protocol: z.string().describe('TCP, UDP or SCTP.'),
              error: z.string().optional().describe('What is wrong with the port.'),
            }),
          )
          .optional()
          .describe('Its ports.'),
      }),
    )
    .optional()
    .describe('Addresses and names.'),
});
