import { z } from 'zod';
import { durationSchema } from '../../duration.ts';
import { dnsLabelSchema, labelsSchema, objectNameSchema, portNumberSchema } from '../../metadata.ts';

const count = z.int().min(0).max(4_294_967_295);

const loadBalancerSchema = z
  .strictObject({
    simple: z
      .enum(['UNSPECIFIED', 'LEAST_REQUEST', 'LEAST_CONN', 'ROUND_ROBIN', 'RANDOM'])
      .optional()
      .describe('Default LEAST_REQUEST. LEAST_CONN is its old name; UNSPECIFIED is the default.'),
    consistentHash: z
      .strictObject({
        httpHeaderName: z.string().min(1).optional().describe('Key: this header.'),
        httpCookie: z
          .strictObject({
            name: z.string().min(1).describe('Name of the cookie.'),
            path: z.string().optional().describe('Path of the cookie.'),
            ttl: durationSchema.optional().describe('Life of a cookie that the proxy sets; 0s: for the session.'),
          })
          .optional()
          .describe('Key: this cookie, which is set if it is not there and ttl is given.'),
        useSourceIp: z.boolean().optional().describe('Key: the address of the caller.'),
        httpQueryParameterName: z.string().min(1).optional().describe('Key: this query parameter.'),
        ringHash: z
          .strictObject({
            minimumRingSize: z
              .int()
              .min(1)
              .max(8_388_608)
              .optional()
              .describe('Fewest places on the ring; default 1024.'),
          })
          .optional()
          .describe('Use a hash ring (default).'),
        maglev: z
          .strictObject({
            tableSize: z
              .int()
              .min(1)
              .max(5_000_011)
              .optional()
              .describe('Places in the table, a prime; default 65537.'),
          })
          .optional()
          .describe('Use a Maglev table.'),
      })
      .optional()
      .describe('The same instance for the same key; needs exactly one key. Not with simple.'),
  })
  .meta({ id: 'LoadBalancerSettings' });

const connectionPoolSchema = z
  .strictObject({
    tcp: z
      .strictObject({
        maxConnections: count.optional().describe('Most connections to the host; default: no limit.'),
        connectTimeout: durationSchema.optional().describe('Time for a connection to open; default 10s.'),
        maxConnectionDuration: durationSchema.optional().describe('Longest life of a connection; default: no limit.'),
        idleTimeout: durationSchema
          .optional()
          .describe('TCP ports: close after so long without data; default 1h, 0s: never.'),
      })
      .optional()
      .describe('For connections of all protocols.'),
    http: z
      .strictObject({
        http1MaxPendingRequests: count
          .optional()
          .describe('Most requests that wait for a connection; default: no limit.'),
        http2MaxRequests: count.optional().describe('Most requests at a time; default: no limit.'),
        maxRequestsPerConnection: count
          .optional()
          .describe('Requests before a connection is closed; default 0: no limit. 1 switches keep-alive off.'),
        maxRetries: count.optional().describe('Most retries at a time to all instances; default: no limit.'),
        idleTimeout: durationSchema
          .optional()
          .describe('Close a connection without requests after so long; default 1h, 0s: never.'),
        h2UpgradePolicy: z
          .enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'])
          .optional()
          .describe('UPGRADE: speak HTTP/2 to instances of HTTP/1.1 ports. Default: no.'),
        maxConcurrentStreams: count.optional().describe('HTTP/2 streams on one connection.'),
      })
      .optional()
      .describe('For HTTP ports.'),
  })
  .meta({ id: 'ConnectionPoolSettings' });

const outlierDetectionSchema = z
  .strictObject({
    consecutive5xxErrors: count
      .optional()
      .describe('Server errors in a row that eject an instance; default 5, 0: off.'),
    consecutiveGatewayErrors: count.optional().describe('502, 503 and 504 in a row that eject it; default 0: off.'),
    splitExternalLocalOriginErrors: z
      .boolean()
      .optional()
      .describe('Count failures to connect apart from answers; default false.'),
    consecutiveLocalOriginFailures: count
      .optional()
      .describe('Failures to connect in a row that eject it, with the field above; default 5.'),
    interval: durationSchema.optional().describe('How often ejected instances are looked at; default 10s.'),
    baseEjectionTime: durationSchema.optional().describe('Shortest ejection; it grows with each. Default 30s.'),
    maxEjectionPercent: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Largest share of instances that is out at a time; default 10.'),
    minHealthPercent: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('With a smaller share of healthy instances than this, all are used, ejected or not; default 0: never.'),
  })
  .meta({ id: 'OutlierDetection' });

const clientTlsSchema = z
  .strictObject({
    mode: z
      .enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'])
      .describe(
        'DISABLE: plain text. SIMPLE: TLS. MUTUAL: with a certificate of one’s own. ISTIO_MUTUAL: with the mesh’s identity.',
      ),
    credentialName: objectNameSchema
      .optional()
      .describe(
        'Secret in the caller’s namespace with ca.crt, and tls.crt and tls.key for MUTUAL; only with SIMPLE and MUTUAL, and in rules of the caller’s or the root namespace.',
      ),
    sni: z.string().optional().describe('Server name in the handshake.'),
    subjectAltNames: z
      .array(z.string().min(1))
      .optional()
      .describe('Names of which the server’s certificate must have one; ISTIO_MUTUAL: SPIFFE ids.'),
    insecureSkipVerify: z
      .boolean()
      .optional()
      .describe('Accept any certificate; only with SIMPLE and MUTUAL. Default false.'),
  })
  .meta({ id: 'ClientTLSSettings' });

const policyBlocks = {
  loadBalancer: loadBalancerSchema.optional().describe('How instances are chosen.'),
  connectionPool: connectionPoolSchema.optional().describe('Limits of connections and requests.'),
  outlierDetection: outlierDetectionSchema.optional().describe('When failing instances are ejected; default: never.'),
  tls: clientTlsSchema
    .optional()
    .describe('How connections are secured. Default: mutual TLS to every instance that takes it, else plain.'),
};

/** What applies to connections after routing; portLevelSettings replace it for their port, nothing is inherited. */
export const trafficPolicySchema = z
  .strictObject({
    ...policyBlocks,
    portLevelSettings: z
      .array(z.strictObject({ port: z.strictObject({ number: portNumberSchema }), ...policyBlocks }))
      .optional()
      .describe('Settings that replace all of the above for a port; nothing is inherited.'),
  })
  .meta({ id: 'TrafficPolicy' });

/** networking.istio.io DestinationRule. Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
export const destinationRuleSpecSchema = z.strictObject({
  host: z.string().min(1).describe('A service: full name, short name of the own namespace, or *.suffix.'),
  exportTo: z
    .array(z.string().min(1))
    .optional()
    .describe('Namespaces whose workloads see it: names, . (its own) or * (all, default).'),
  trafficPolicy: trafficPolicySchema.optional().describe('For all subsets, and for traffic that names none.'),
  subsets: z
    .array(
      z.strictObject({
        name: dnsLabelSchema.describe('Name that routes use.'),
        labels: labelsSchema.optional().describe('Labels of its instances, besides those of the service’s selector.'),
        trafficPolicy: trafficPolicySchema.optional().describe('Its blocks replace those above.'),
      }),
    )
    .optional()
    .describe('Versions of the service, told apart by labels.'),
});

export type DestinationRuleSpec = z.infer<typeof destinationRuleSpecSchema>;
export type TrafficPolicy = z.infer<typeof trafficPolicySchema>;
