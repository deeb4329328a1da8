import type { ConnectionPoolIr } from '@malla/ir';

/** Istio's "no limit". */
const unlimited = 0xffff_ffff;

/** Envoy's own defaults (1024, 3 retries) would limit where the user asked for none, so every limit is said. */
export function circuitBreakers(pool: ConnectionPoolIr) {
  return {
    thresholds: [
      {
        maxConnections: pool.maxConnections ?? unlimited,
        maxPendingRequests: pool.maxPendingRequests ?? unlimited,
        maxRequests: pool.maxRequests ?? unlimited,
        maxRetries: pool.maxRetries ?? unlimited,
        trackRemaining: true,
      },
    ],
  };
}
