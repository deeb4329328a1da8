/** Upper bounds in milliseconds: 0.1 ms growing by 15 % up to about 4 minutes, then one bucket for all above. */
const growth = 1.15;
const firstBoundMs = 0.1;
const bucketCount = 107;

/** Latencies in exponential buckets: quantiles are right within 15 %, memory is fixed, and histograms add up. */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(bucketCount);
  #count = 0;

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    this.#buckets[bucketOf(ms)]! += 1;
    this.#count += 1;
  }

  add(other: LatencyHistogram): void {
    for (let i = 0; i < bucketCount; i++) this.#buckets[i]! += other.#buckets[i]!;
    this.#count += other.#count;
  }

  /** The quantile `q` (0 to 1) in milliseconds: the upper bound of its bucket; 0 without values. */
  quantile(q: number): number {
    const rank = Math.ceil(q * this.#count);
    let seen = 0;
    for (let i = 0; i < bucketCount && this.#count > 0; i++) {
      seen += this.#buckets[i]!;
      if (seen >= Math.max(rank, 1)) return firstBoundMs * growth ** i;
    }
    return 0;
  }

  /** Pairs of bucket and count, of those that hold something: how a store keeps it. The buckets never change their meaning. */
  toPairs(): number[] {
    const pairs: number[] = [];
    for (let i = 0; i < bucketCount; i++) if (this.#buckets[i]! > 0) pairs.push(i, this.#buckets[i]!);
    return pairs;
  }

  /** Adds what {@link LatencyHistogram.toPairs} gave; what is no bucket of this version counts as the last. */
  addPairs(pairs: readonly number[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const count = pairs[i + 1]!;
      this.#buckets[Math.min(pairs[i]!, bucketCount - 1)]! += count;
      this.#count += count;
    }
  }
}

function bucketOf(ms: number): number {
  if (!(ms > firstBoundMs)) return 0;
  return Math.min(Math.ceil(Math.log(ms / firstBoundMs) / Math.log(growth)), bucketCount - 1);
}
