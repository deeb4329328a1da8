/** Identities beyond this many are forgotten, fullest allowance first, so that a flood of names cannot fill memory. */
const maxRemembered = 20_000;

interface Bucket {
  allowance: number;
  at: number;
}

/** Allows each key so many actions a minute, with bursts up to the same number (a token bucket per key). */
export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param perMinute 0 for no limit */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Takes one action; false if the key has used up its allowance. */
  take(key: string): boolean {
    if (this.#perMinute === 0) return true;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { allowance: this.#perMinute, at: now };
    bucket.allowance = Math.min(this.#perMinute, bucket.allowance + ((now - bucket.at) / 60_000) * this.#perMinute);
    bucket.at = now;
    if (!this.#buckets.has(key)) this.#remember(key, bucket);
    if (bucket.allowance < 1) return false;
    bucket.allowance--;
    return true;
  }

  #remember(key: string, bucket: Bucket): void {
    if (this.#buckets.size >= maxRemembered) this.#forgetFull(bucket.at);
    this.#buckets.set(key, bucket);
  }

  /** A bucket that has filled up again is the same as a new one. */
  #forgetFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (now - bucket.at > 60_000 || this.#buckets.size >= maxRemembered) this.#buckets.delete(key);
    }
  }
}
