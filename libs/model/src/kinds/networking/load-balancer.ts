import { z } from 'zod';
import { anyDuration, positiveDuration } from '../istio-type/durations.ts';
import { double, uint32, uint64 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { localityLbSettingSchema, zoneAwareLbSettingSchema } from './locality.ts';

const cookieSchema = z.strictObject({
  name: z.string().describe('Name of the cookie.'),
  path: z.string().optional().describe('Path of the cookie that the proxy sets.'),
  ttl: anyDuration
    .optional()
    .describe('Life of a cookie that the proxy sets where there is none; 0s: for the session. Without it none is set.'),
  attributes: z
    .array(
      z.strictObject({
        name: z.string().describe('Name of the attribute, such as SameSite.'),
        value: z.string().optional().describe('Its value; flags such as Secure have none.'),
      }),
    )
    .optional()
    .describe('Further attributes of a cookie that the proxy sets.'),
});

const ringSize = uint64().optional();

/** The same instance for the same key, as long as instances stay the same. */
export const consistentHashSchema = atMostOneOf(
  z.strictObject({
    httpHeaderName: z.string().optional().describe('Key: this header.'),
    httpCookie: cookieSchema.optional().describe('Key: this cookie.'),
    useSourceIp: z.boolean().optional().describe('Key: the address of the caller. Also for TCP.'),
    httpQueryParameterName: z.string().optional().describe('Key: this query parameter.'),
    ringHash: z
      .strictObject({
        minimumRingSize: ringSize.describe('Fewest places on the ring; more spread better. Default 1024.'),
      })
      .optional()
      .describe('Use a hash ring (default).'),
    maglev: z
      .strictObject({
        tableSize: uint64().optional().describe('Places in the table, a prime below 5000011; default 65537.'),
      })
      .optional()
      .describe('Use a Maglev table.'),
    minimumRingSize: ringSize.describe('Deprecated: use ringHash.minimumRingSize.'),
  }),
  ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
  ['ringHash', 'maglev'],
);

/** Weights from the load that instances report themselves (ORCA). */
const backendUtilizationSchema = z.strictObject({
  weightStabilizationPeriod: anyDuration
    .optional()
    .describe('Time from the first report of an instance until its weight counts; default 10s.'),
  weightExpirationPeriod: anyDuration
    .optional()
    .describe('Time without reports after which the weight of an instance is dropped; default 3m.'),
  weightUpdatePeriod: anyDuration.optional().describe('How often weights are computed, at least 100ms; default 1s.'),
  errorUtilizationPenaltyPercent: uint32()
    .optional()
    .describe('How much the rate of errors counts as load, in percent; default 0: not.'),
  metricNamesForComputingUtilization: z
    .array(z.string())
    .optional()
    .describe(
      'Reported metrics of which the highest is the load, such as named_metrics.foo; default: application_utilization.',
    ),
});

/** How an instance is chosen for each request or connection. */
export const loadBalancerSchema = atMostOneOf(
  z.strictObject({
    simple: z
      .enum(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'])
      .optional()
      .describe(
        'Default LEAST_REQUEST. PASSTHROUGH: the address that was called. LEAST_CONN is the old name of LEAST_REQUEST.',
      ),
    consistentHash: consistentHashSchema
      .optional()
      .describe('The same instance for the same key; needs exactly one key. Not with simple.'),
    backendUtilization: backendUtilizationSchema
      .optional()
      .describe('Fewer requests for instances that report more load. Not with simple.'),
    localityLbSetting: localityLbSettingSchema
      .optional()
      .describe('Regions and zones to prefer; replaces the mesh’s settings. Not with zoneAwareLbSetting.'),
    zoneAwareLbSetting: zoneAwareLbSettingSchema
      .optional()
      .describe('Stay in the caller’s zone as far as its instances can take it. Not with localityLbSetting.'),
    warmup: z
      .strictObject({
        duration: positiveDuration.describe('How long a new instance gets less than its share, at least 1ms.'),
        minimumPercent: double().min(0).max(100).nullish().describe('Share at the beginning, in percent; default 10.'),
        aggression: double().min(0).nullish().describe('How fast the share grows; default 1: evenly.'),
      })
      .optional()
      .describe('Let new instances start slowly; with ROUND_ROBIN and LEAST_REQUEST only.'),
    warmupDurationSecs: positiveDuration.optional().describe('Deprecated: use warmup.duration.'),
  }),
  ['simple', 'consistentHash', 'backendUtilization'],
).meta({ id: 'LoadBalancerSettings' });

export type LoadBalancerSettings = z.infer<typeof loadBalancerSchema>;
