import { z } from 'zod';
import { anyDuration } from '../istio-type/durations.ts';
import { double, uint32 } from '../istio-type/numbers.ts';
import { clientTlsSchema } from './client-tls.ts';
import { connectionPoolSchema } from './connection-pool.ts';
import { portSelectorSchema } from './destination.ts';
import { loadBalancerSchema } from './load-balancer.ts';
import { outlierDetectionSchema } from './outlier-detection.ts';

const policyBlocks = {
  loadBalancer: loadBalancerSchema.optional().describe('How instances are chosen.'),
  connectionPool: connectionPoolSchema.optional().describe('Limits of connections and requests.'),
  outlierDetection: outlierDetectionSchema.optional().describe('When failing instances are ejected; default: never.'),
  tls: clientTlsSchema
    .optional()
    .describe('How connections are secured. Default: mutual TLS to every instance that takes it, else plain.'),
};

const portTrafficPolicySchema = z.strictObject({
  port: portSelectorSchema.optional().describe('Port of the service; required.'),
  ...policyBlocks,
});

const tunnelSchema = z.strictObject({
  protocol: z.string().optional().describe('CONNECT (default) or POST.'),
  targetHost: z.string().describe('Host that the tunnel leads to: a full name or an IP address.'),
  targetPort: uint32().describe('Port that the tunnel leads to.'),
});

const retryBudgetSchema = z.strictObject({
  percent: double()
    .min(0)
    .max(100)
    .nullish()
    .describe('Retries at a time, in percent of active and waiting requests; default 20.'),
  minRetryConcurrency: uint32().optional().describe('Retries at a time that are always allowed; default 3.'),
  budgetInterval: anyDuration
    .optional()
    .describe('Also count requests of the last so long; default 0s: only those that are active or wait.'),
});

/** What applies to connections after routing; portLevelSettings replace it for their port, nothing is inherited. */
export const trafficPolicySchema = z
  .strictObject({
    ...policyBlocks,
    portLevelSettings: z
      .array(portTrafficPolicySchema)
      .max(4096)
      .optional()
      .describe('Settings that replace all of the above for a port; nothing is inherited.'),
    tunnel: tunnelSchema
      .optional()
      .describe('Tunnel TCP connections through the host, which is an HTTP proxy; for TCP and TLS routes.'),
    proxyProtocol: z
      .strictObject({
        version: z.enum(['V1', 'V2']).optional().describe('V1: text (default). V2: binary.'),
      })
      .optional()
      .describe('Begin connections with the PROXY protocol, which tells the caller’s address. Not with tunnel.'),
    retryBudget: retryBudgetSchema
      .optional()
      .describe('Limit retries to a share of requests, in place of connectionPool.http.maxRetries.'),
  })
  .meta({ id: 'TrafficPolicy' });

export type TrafficPolicy = z.infer<typeof trafficPolicySchema>;
export type PortTrafficPolicy = z.infer<typeof portTrafficPolicySchema>;
