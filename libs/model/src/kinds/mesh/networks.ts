import { z } from 'zod';
import { uint32 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';

const endpointsSchema = atMostOneOf(
  z.strictObject({
    fromCidr: z.string().optional().describe('Instances with addresses of this CIDR block; blocks must not overlap.'),
    fromRegistry: z.string().optional().describe('Instances of this cluster.'),
  }),
  ['fromCidr', 'fromRegistry'],
);

const gatewaySchema = atMostOneOf(
  z.strictObject({
    registryServiceName: z.string().optional().describe('Full name of the gateway’s service in the network.'),
    address: z.string().optional().describe('IP address or DNS name of the gateway.'),
    port: uint32().describe('Port of the gateway, which takes mutual TLS alone.'),
    locality: z.string().optional().describe('Its locality, region/zone/subzone, where it is given by address.'),
  }),
  ['registryServiceName', 'address'],
);

/** A network whose workloads reach each other directly; from others they are reached by its gateways. */
export const networkSchema = z
  .strictObject({
    endpoints: z.array(endpointsSchema).describe('Which instances are on it; wins over what they say themselves.'),
    gateways: z.array(gatewaySchema).describe('Gateways that lead into it.'),
  })
  .meta({ id: 'Network' });

export type Network = z.infer<typeof networkSchema>;
