/**
 * Whole ms to wait before retry number `attempt` (1 is the first), as Envoy: anything from 0 up to, not including, `baseMs` doubled with
 * each retry; never more than `maxMs`. `random` gives 0 to 1.
 * Source: Envoy's JitteredExponentialBackOffStrategy.
 */
export function backoffMs(attempt: number, baseMs: number, maxMs: number, random: () => number): number {
  let interval = baseMs;
  for (let left = attempt - 1; left > 0 && interval !== maxMs; left--) {
    interval = interval < Math.floor(maxMs / 2) ? interval * 2 : maxMs;
  }
  return Math.floor(random() * interval);
}
