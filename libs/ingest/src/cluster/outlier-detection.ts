import type { OutlierConfig } from '@malla/proxy-config';
import type { OutlierDetection } from '@malla/protos/gen/envoy/config/cluster/v3/outlier_detection_pb';
import type { FieldReader } from '../wire/field-reader.ts';

/** Ejection of failing endpoints. Ejection by success rate, which Envoy has on by default, must be switched off: there is none here. */
export function readOutlierDetection(reader: FieldReader<OutlierDetection>): OutlierConfig {
  const splitExternalLocalOriginErrors = reader.take('splitExternalLocalOriginErrors');
  switchedOff(reader, 'enforcingSuccessRate', 100);
  switchedOff(reader, 'enforcingLocalOriginSuccessRate', splitExternalLocalOriginErrors ? 100 : 0);
  switchedOff(reader, 'enforcingFailurePercentage', 0);
  switchedOff(reader, 'enforcingFailurePercentageLocalOrigin', 0);
  const baseEjectionTimeMs = reader.duration('baseEjectionTime') ?? 30_000;
  const maxEjectionTimeMs = reader.duration('maxEjectionTime') ?? Math.max(300_000, baseEjectionTimeMs);
  if (baseEjectionTimeMs > maxEjectionTimeMs) {
    reader.refuse('maxEjectionTime', 'must be at least base_ejection_time');
  }
  return {
    consecutive5xx: reader.take('consecutive5xx') ?? 5,
    enforcingConsecutive5xx: reader.take('enforcingConsecutive5xx') ?? 100,
    consecutiveGatewayFailure: reader.take('consecutiveGatewayFailure') ?? 5,
    enforcingConsecutiveGatewayFailure: reader.take('enforcingConsecutiveGatewayFailure') ?? 0,
    splitExternalLocalOriginErrors,
    consecutiveLocalOriginFailure: reader.take('consecutiveLocalOriginFailure') ?? 5,
    enforcingConsecutiveLocalOriginFailure: reader.take('enforcingConsecutiveLocalOriginFailure') ?? 100,
    intervalMs: reader.duration('interval') ?? 10_000,
    baseEjectionTimeMs,
    maxEjectionTimeMs,
    maxEjectionPercent: reader.take('maxEjectionPercent') ?? 10,
    maxEjectionTimeJitterMs: reader.duration('maxEjectionTimeJitter') ?? 0,
  };
}

type Chance =
  | 'enforcingSuccessRate'
  | 'enforcingLocalOriginSuccessRate'
  | 'enforcingFailurePercentage'
  | 'enforcingFailurePercentageLocalOrigin';

/** A kind of ejection that is never done: its chance must be 0. */
function switchedOff(reader: FieldReader<OutlierDetection>, field: Chance, otherwise: number): void {
  if ((reader.take(field) ?? otherwise) !== 0) {
    reader.refuse(field, 'must be 0: ejection by rates is not supported');
  }
}
