/** Why a host is ejected; the words of Envoy's statistics. */
export type EjectionCause = 'consecutive_5xx' | 'consecutive_gateway_failure' | 'consecutive_local_origin_failure';

/** Envoy's `cluster.<name>.outlier_detection.*` under its own names; all but `ejections_active` only grow. */
export interface OutlierStats {
  /** Gauge: hosts that are ejected now. */
  ejections_active: number;
  ejections_enforced_total: number;
  /** Ejections that `maxEjectionPercent` forbade. */
  ejections_overflow: number;
  ejections_detected_consecutive_5xx: number;
  ejections_detected_consecutive_gateway_failure: number;
  ejections_detected_consecutive_local_origin_failure: number;
  ejections_enforced_consecutive_5xx: number;
  ejections_enforced_consecutive_gateway_failure: number;
  ejections_enforced_consecutive_local_origin_failure: number;
  /** Deprecated in Envoy, and still counted there: causes 5xx only, enforced or not. */
  ejections_total: number;
  ejections_consecutive_5xx: number;
}

/** All zero. */
export function createOutlierStats(): OutlierStats {
  return {
    ejections_active: 0,
    ejections_enforced_total: 0,
    ejections_overflow: 0,
    ejections_detected_consecutive_5xx: 0,
    ejections_detected_consecutive_gateway_failure: 0,
    ejections_detected_consecutive_local_origin_failure: 0,
    ejections_enforced_consecutive_5xx: 0,
    ejections_enforced_consecutive_gateway_failure: 0,
    ejections_enforced_consecutive_local_origin_failure: 0,
    ejections_total: 0,
    ejections_consecutive_5xx: 0,
  };
}
