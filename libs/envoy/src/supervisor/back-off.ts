export interface BackOffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before attempt `attempt` (0 for the first retry): exponential, with the upper half at random, so that many agents
 * that failed together do not come back together.
 * @param random 0 to 1
 */
export function backOffMs(attempt: number, random: number, { baseMs, maxMs }: BackOffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
