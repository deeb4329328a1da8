import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { destinationSchema } from './destination.ts';
import { routeConditions } from './route-conditions.ts';

/** Destinations of connections, by weight. */
const streamDestinations = z
  .array(
    z.strictObject({
      destination: destinationSchema.describe('Where connections go.'),
      weight: int32()
        .optional()
        .describe('Share of connections among the destinations, relative to their sum; may be left out with one.'),
    }),
  )
  .optional()
  .describe('Destinations.');

/** Conditions that TLS and TCP rules share. */
const streamConditions = {
  destinationSubnets: z
    .array(z.string())
    .optional()
    .describe('Addresses that were called: IP addresses or CIDR blocks.'),
  ...routeConditions,
};

/** One rule for TLS that passes through: chosen by the server name of the handshake, not decrypted. */
export const tlsRouteSchema = z.strictObject({
  match: z
    .array(
      z.strictObject({
        sniHosts: z
          .array(z.string())
          .describe('Server names of the handshake; each must be covered by hosts. *.suffix is allowed.'),
        ...streamConditions,
      }),
    )
    .describe('One of these must hold, each with all its conditions.'),
  route: streamDestinations,
});

/** One rule for TCP, by address and port alone. */
export const tcpRouteSchema = z.strictObject({
  match: z
    .array(
      z.strictObject({
        ...streamConditions,
        sourceSubnet: z.string().optional().describe('Addresses of callers: an IP address or a CIDR block.'),
      }),
    )
    .optional()
    .describe('One of these must hold, each with all its conditions; without it every connection matches.'),
  route: streamDestinations,
});

export type TlsRoute = z.infer<typeof tlsRouteSchema>;
export type TcpRoute = z.infer<typeof tcpRouteSchema>;
