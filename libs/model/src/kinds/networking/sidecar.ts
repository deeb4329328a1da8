import { z } from 'zod';
import { uint32 } from '../istio-type/numbers.ts';
import { networkingSelectorSchema } from '../istio-type/workload-selector.ts';
import { connectionPoolSchema } from './connection-pool.ts';
import { outboundTrafficPolicySchema } from './outbound-traffic-policy.ts';
import { serverTlsSchema } from './server-tls.ts';

const portSchema = z.strictObject({
  number: uint32().optional().describe('Number, 1 to 65535; 0 with a Unix socket.'),
  protocol: z
    .string()
    .optional()
    .describe('HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS (ended here, or routed by server name).'),
  name: z.string().optional().describe('Name of the port.'),
  targetPort: uint32().optional().describe('Deprecated; has no effect.'),
});

const captureMode = z
  .enum(['DEFAULT', 'IPTABLES', 'NONE'])
  .optional()
  .describe(
    'How traffic gets to the port. IPTABLES: intercepted. NONE: callers use the port itself. DEFAULT: as the workload.',
  );

const ingressSchema = z.strictObject({
  port: portSchema.describe('Port that callers use.'),
  bind: z.string().optional().describe('IP address to listen on; default: that of the instance.'),
  captureMode,
  defaultEndpoint: z
    .string()
    .optional()
    .describe(
      'Where the application listens: 127.0.0.1:PORT or [::1]:PORT, 0.0.0.0:PORT or [::]:PORT (the instance’s address), or unix:///path.',
    ),
  tls: serverTlsSchema
    .optional()
    .describe('End TLS of callers outside of the mesh: SIMPLE or MUTUAL, where mutual TLS is off.'),
  connectionPool: connectionPoolSchema
    .optional()
    .describe('Limits for this port; wins over inboundConnectionPool and DestinationRules.'),
});

const egressSchema = z.strictObject({
  port: portSchema
    .optional()
    .describe('Port to listen on; default: the ports of the hosts. An entry with a port wins for that port.'),
  bind: z
    .string()
    .optional()
    .describe('Address to listen on, or unix:///path, or unix://@name; needs a port. With NONE default 127.0.0.1.'),
  captureMode,
  hosts: z
    .array(z.string())
    .describe(
      'Services that are known: namespace/host, with * (any), . (own) and ~ (none) for the namespace, *.suffix and * for the host. ~namespace/host takes away.',
    ),
});

/** networking.istio.io Sidecar: what the proxies of workloads take in and know. Source: https://istio.io/latest/docs/reference/config/networking/sidecar/ */
export const sidecarSpecSchema = z.strictObject({
  workloadSelector: networkingSelectorSchema
    .optional()
    .describe('Workloads it is for; without one: all of the namespace, or of the mesh in the root namespace.'),
  ingress: z
    .array(ingressSchema)
    .optional()
    .describe('Ports that are taken in, in place of those of the workload’s services. Default: all of them.'),
  egress: z
    .array(egressSchema)
    .optional()
    .describe('Services that are known to the proxy; default: as the namespace’s or the mesh’s Sidecar, else all.'),
  inboundConnectionPool: connectionPoolSchema
    .optional()
    .describe('Limits for what is taken in; wins over DestinationRules of the workload’s services.'),
  outboundTrafficPolicy: outboundTrafficPolicySchema
    .optional()
    .describe('What happens to traffic for hosts that are not known; default: as the mesh says.'),
});

export type SidecarSpec = z.infer<typeof sidecarSpecSchema>;
export type SidecarIngress = z.infer<typeof ingressSchema>;
export type SidecarEgress = z.infer<typeof egressSchema>;
