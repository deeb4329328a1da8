import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { serverTlsSchema } from './server-tls.ts';

const portSchema = z.strictObject({
  number: uint32().describe('Port to listen on, 1 to 65535; 0 with a Unix socket.'),
  protocol: z
    .string()
    .describe('HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, TCP or TLS (ended here, or routed by server name).'),
  name: z.string().describe('Name, unique among the gateway’s ports.'),
  targetPort: uint32().optional().describe('Deprecated; has no effect.'),
});

const serverSchema = z.strictObject({
  port: portSchema.describe('Port to listen on.'),
  bind: z
    .string()
    .optional()
    .describe('Address to listen on, or unix:///path, or unix://@name; default: all addresses.'),
  hosts: z
    .array(z.string())
    .describe(
      'Hosts that may be called here: host or namespace/host, with *.suffix and * for the host, . and * for the namespace. VirtualServices of other hosts are not used.',
    ),
  tls: serverTlsSchema.optional().describe('How TLS is ended; required with HTTPS and TLS.'),
  defaultEndpoint: z.string().optional().describe('Has no effect.'),
  name: z.string().optional().describe('Name, unique among all servers; for metrics.'),
});

/** networking.istio.io Gateway: what proxies at the edge listen on. Source: https://istio.io/latest/docs/reference/config/networking/gateway/ */
export const gatewaySpecSchema = z.strictObject({
  servers: z.array(serverSchema).optional().describe('Ports, hosts and TLS; at least one.'),
  selector: stringMap()
    .optional()
    .describe('Labels of the proxies that it is for, in any namespace; empty: all gateways.'),
});

export type GatewaySpec = z.infer<typeof gatewaySpecSchema>;
export type GatewayServer = z.infer<typeof serverSchema>;
