import { z } from 'zod';
import { durationSchema } from '../duration.ts';
import { dnsLabelSchema, labelsSchema, objectNameSchema, portNumberSchema } from '../metadata.ts';

const count = z.int().min(0).max(4_294_967_295);

const loadBalancerSchema = z
  .strictObject({
    simple: z.enum(['UNSPECIFIED', 'LEAST_REQUEST', 'LEAST_CONN', 'ROUND_ROBIN', 'RANDOM']).optional(),
    consistentHash: z
      .strictObject({
        httpHeaderName: z.string().min(1).optional(),
        httpCookie: z
          .strictObject({ name: z.string().min(1), path: z.string().optional(), ttl: durationSchema.optional() })
          .optional(),
        useSourceIp: z.boolean().optional(),
        httpQueryParameterName: z.string().min(1).optional(),
        ringHash: z.strictObject({ minimumRingSize: z.int().min(1).max(8_388_608).optional() }).optional(),
        maglev: z.strictObject({ tableSize: z.int().min(1).max(5_000_011).optional() }).optional(),
      })
      .optional(),
  })
  .meta({ id: 'LoadBalancerSettings' });

const connectionPoolSchema = z
  .strictObject({
    tcp: z
      .strictObject({
        maxConnections: count.optional(),
        connectTimeout: durationSchema.optional(),
        maxConnectionDuration: durationSchema.optional(),
        idleTimeout: durationSchema.optional(),
      })
      .optional(),
    http: z
      .strictObject({
        http1MaxPendingRequests: count.optional(),
        http2MaxRequests: count.optional(),
        maxRequestsPerConnection: count.optional(),
        maxRetries: count.optional(),
        idleTimeout: durationSchema.optional(),
        h2UpgradePolicy: z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']).optional(),
        maxConcurrentStreams: count.optional(),
      })
      .optional(),
  })
  .meta({ id: 'ConnectionPoolSettings' });

const outlierDetectionSchema = z
  .strictObject({
    consecutive5xxErrors: count.optional(),
    consecutiveGatewayErrors: count.optional(),
    splitExternalLocalOriginErrors: z.boolean().optional(),
    consecutiveLocalOriginFailures: count.optional(),
    interval: durationSchema.optional(),
    baseEjectionTime: durationSchema.optional(),
    maxEjectionPercent: z.int().min(0).max(100).optional(),
    minHealthPercent: z.int().min(0).max(100).optional(),
  })
  .meta({ id: 'OutlierDetection' });

const clientTlsSchema = z
  .strictObject({
    mode: z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
    credentialName: objectNameSchema.optional(),
    sni: z.string().optional(),
    subjectAltNames: z.array(z.string().min(1)).optional(),
    insecureSkipVerify: z.boolean().optional(),
  })
  .meta({ id: 'ClientTLSSettings' });

const policyBlocks = {
  loadBalancer: loadBalancerSchema.optional(),
  connectionPool: connectionPoolSchema.optional(),
  outlierDetection: outlierDetectionSchema.optional(),
  tls: clientTlsSchema.optional(),
};

/** What applies to connections after routing; portLevelSettings replace it for their port, nothing is inherited. */
export const trafficPolicySchema = z
  .strictObject({
    ...policyBlocks,
    portLevelSettings: z
      .array(z.strictObject({ port: z.strictObject({ number: portNumberSchema }), ...policyBlocks }))
      .optional(),
  })
  .meta({ id: 'TrafficPolicy' });

/** networking.istio.io DestinationRule. Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRuleSpecSchema = z.strictObject({
  host: z.string().min(1),
  exportTo: z.array(z.string().min(1)).optional(),
  trafficPolicy: trafficPolicySchema.optional(),
  subsets: z
    .array(
      z.strictObject({
        name: dnsLabelSchema,
        labels: labelsSchema.optional(),
        trafficPolicy: trafficPolicySchema.optional(),
      }),
    )
    .optional(),
});

export type DestinationRuleSpec = z.infer<typeof destinationRuleSpecSchema>;
export type TrafficPolicy = z.infer<typeof trafficPolicySchema>;
