import { z } from 'zod';
import { uint32 } from '../istio-type/numbers.ts';

const failover = z
  .array(
    z.strictObject({
      from: z.string().optional().describe('Region of the caller.'),
      to: z.string().optional().describe('Region that takes over.'),
    }),
  )
  .optional();

/** Where traffic goes by region, zone and subzone. At most one of distribute, failover and failoverPriority. */
export const localityLbSettingSchema = z
  .strictObject({
    distribute: z
      .array(
        z.strictObject({
          from: z.string().optional().describe('Locality of callers: region/zone/subzone; * at the end of a part.'),
          to: z
            .record(z.string(), uint32())
            .optional()
            .describe('Locality of instances to its share; the shares make 100. Others get nothing.'),
        }),
      )
      .optional()
      .describe('Fixed shares by locality. Default: by number of instances.'),
    failover: failover.describe('Which region takes over when the caller’s fails; needs outlierDetection.'),
    failoverPriority: z
      .array(z.string())
      .optional()
      .describe(
        'Labels, most important first: instances that agree with the caller in more of them come first. key=value asks for a value. Needs outlierDetection.',
      ),
    enabled: z
      .boolean()
      .nullish()
      .describe('Switch on or off; in a DestinationRule it wins over the mesh. Default: as the mesh.'),
  })
  .meta({ id: 'LocalityLoadBalancerSetting' });

/** Envoy’s zone-aware routing: shares by zone are computed, not written. */
export const zoneAwareLbSettingSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .describe('Switch on or off; in a DestinationRule it wins over the mesh. Default: as the mesh.'),
    failover: failover.describe('Which region takes over when the caller’s fails; default: any.'),
    failoverPriority: z
      .array(z.string())
      .optional()
      .describe('Labels, most important first, as of localityLbSetting; not region, zone and subzone.'),
    minClusterSize: uint32()
      .min(1)
      .nullish()
      .describe('Fewest instances in the caller’s region with which it works; default 6.'),
  })
  .meta({ id: 'ZoneAwareLoadBalancerSetting' });
