import type { OutlierDetectionIr } from '@malla/ir';
import { duration } from '../wire/duration.ts';

/**
 * Ejection of failing endpoints. Success-rate ejection, which Envoy has on by default, is off, as in Istio.
 * Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection
 */
export function outlierDetection(outlier: OutlierDetectionIr) {
  const { consecutive5xx, consecutiveGatewayErrors, consecutiveLocalOriginFailures } = outlier;
  const local = outlier.splitLocalOriginErrors && consecutiveLocalOriginFailures > 0;
  return {
    ...(consecutive5xx > 0 && { consecutive5xx }),
    enforcingConsecutive5xx: always(consecutive5xx > 0),
    ...(consecutiveGatewayErrors > 0 && { consecutiveGatewayFailure: consecutiveGatewayErrors }),
    enforcingConsecutiveGatewayFailure: always(consecutiveGatewayErrors > 0),
    splitExternalLocalOriginErrors: outlier.splitLocalOriginErrors,
    ...(local && { consecutiveLocalOriginFailure: consecutiveLocalOriginFailures }),
    enforcingConsecutiveLocalOriginFailure: always(local),
    enforcingSuccessRate: 0,
    enforcingLocalOriginSuccessRate: 0,
    interval: duration(outlier.intervalMs),
    baseEjectionTime: duration(outlier.baseEjectionMs),
    // Envoy bounds the growing ejection time by 300 s and refuses a base above it.
    maxEjectionTime: duration(Math.max(300_000, outlier.baseEjectionMs)),
    maxEjectionPercent: outlier.maxEjectionPercent,
  };
}

/** Envoy's chance of ejection, in percent. */
function always(enforced: boolean): number {
  return enforced ? 100 : 0;
}
