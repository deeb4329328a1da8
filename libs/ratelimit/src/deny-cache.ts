export interface DenyCacheParams {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Most refusals that are remembered; the oldest go first. Default 10,000. */
  readonly maxEntries?: number;
}

interface Refusal {
  readonly limit: number;
  readonly hits: number;
  readonly until: number;
}

/**
 * Refusals that need no second question: a window that had no room has none until its oldest hits end to count. Exact for
 * the same limit and as many hits or more; anything else is asked.
 */
export class DenyCache {
  readonly #now: () => number;
  readonly #maxEntries: number;
  readonly #refusals = new Map<string, Refusal>();

  constructor({ now, maxEntries = 10_000 }: DenyCacheParams) {
    this.#now = now;
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#refusals.size;
  }

  /** Milliseconds for which the refusal still stands; undefined if the quota must be asked. */
  refusedFor(key: string, limit: number, hits: number): number | undefined {
    const refusal = this.#refusals.get(key);
    if (refusal === undefined) return undefined;
    const left = refusal.until - this.#now();
    if (left <= 0) this.#refusals.delete(key);
    return left > 0 && refusal.limit === limit && hits >= refusal.hits ? left : undefined;
  }

  /** @param until the moment, of the same clock, at which hits come back */
  refused(key: string, refusal: Refusal): void {
    this.#refusals.delete(key);
    this.#refusals.set(key, refusal);
    if (this.#refusals.size <= this.#maxEntries) return;
    const [oldest] = this.#refusals.keys();
    if (oldest !== undefined) this.#refusals.delete(oldest);
  }
}
