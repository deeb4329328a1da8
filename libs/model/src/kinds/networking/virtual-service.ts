import { z } from 'zod';
import { exportToSchema } from './export-to.ts';
import { httpRouteSchema } from './http-route.ts';
import { tcpRouteSchema, tlsRouteSchema } from './stream-routes.ts';

/** networking.istio.io VirtualService. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualServiceSpecSchema = z.strictObject({
  hosts: z
    .array(z.string())
    .optional()
    .describe(
      'Hosts that are called: full names, short names of the own namespace, *.suffix. Only a delegate has none.',
    ),
  gateways: z
    .array(z.string())
    .optional()
    .describe('Gateways that get the rules, as name or namespace/name; mesh, the default, means all sidecars.'),
  http: z
    .array(httpRouteSchema)
    .optional()
    .describe('Rules for HTTP and for TLS that the gateway ends; the first that matches wins.'),
  tls: z
    .array(tlsRouteSchema)
    .optional()
    .describe('Rules for TLS that is not decrypted here, by server name; the first that matches wins.'),
  tcp: z
    .array(tcpRouteSchema)
    .optional()
    .describe('Rules for TCP on ports that neither http nor tls are for; the first that matches wins.'),
  exportTo: exportToSchema,
});

export type VirtualServiceSpec = z.infer<typeof virtualServiceSpecSchema>;
