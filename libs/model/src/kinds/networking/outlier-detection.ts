import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { positiveDuration } from '../istio-type/durations.ts';
import { uint32 } from '../istio-type/numbers.ts';

/** When an instance that fails is left out for a while. */
export const outlierDetectionSchema = z
  .strictObject({
    consecutive5xxErrors: uint32()
      .nullish()
      .describe('Server errors in a row that eject an instance; on TCP ports failures to connect. Default 5, 0: off.'),
    consecutiveGatewayErrors: uint32()
      .nullish()
      .describe('502, 503 and 504 in a row that eject it; of use only below consecutive5xxErrors. Default 0: off.'),
    splitExternalLocalOriginErrors: z
      .boolean()
      .optional()
      .describe('Count failures to connect apart from answers; default false.'),
    consecutiveLocalOriginFailures: uint32()
      .nullish()
      .describe('Failures to connect in a row that eject it, with the field above; default 5.'),
    consecutiveErrors: int32().optional().describe('Deprecated: use consecutiveGatewayErrors.'),
    failurePercentageThreshold: uint32()
      .max(100)
      .nullish()
      .describe('Share of failures in one interval that ejects it, in a row or not, in percent; default 85.'),
    interval: positiveDuration
      .optional()
      .describe('How often ejected instances are looked at, at least 1ms; default 10s.'),
    baseEjectionTime: positiveDuration
      .optional()
      .describe('Shortest ejection, at least 1ms; it grows with each. Default 30s.'),
    maxEjectionPercent: int32()
      .optional()
      .describe('Largest share of instances that is out at a time, 0 to 100; default 10.'),
    minHealthPercent: int32()
      .optional()
      .describe('With a smaller share of healthy instances than this, all are used, ejected or not; default 0: never.'),
    outlierDetectionHttpErrorCodes: z
      .array(z.int().min(100).max(599))
      .optional()
      .describe('Statuses that count as errors, 100 to 599; default: 500 to 599.'),
  })
  .meta({ id: 'OutlierDetection' });

export type OutlierDetection = z.infer<typeof outlierDetectionSchema>;
