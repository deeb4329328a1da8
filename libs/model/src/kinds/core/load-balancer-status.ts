import { z } from 'zod';
import { port } from './values.ts';

const place = z.strictObject({
  ip: z.string().optional().describe('Its address.'),
  hostname: z.string().optional().describe('Its DNS name.'),
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
});

const places = <P extends z.ZodType>(element: P) => z.array(element).optional().describe('Addresses and names.');

/** Where an Ingress is reached. */
export const ingressLoadBalancerStatus = z.strictObject({ ingress: places(place) });

/** Where the load balancer of a Service is reached. */
export const loadBalancerStatus = z.strictObject({
  ingress: places(
    place.extend({
      ipMode: z.string().optional().describe('VIP: packets arrive with its address; Proxy: with that of the node.'),
    }),
  ),
});
