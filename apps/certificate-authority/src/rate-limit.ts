/** Beyond so many keys the one that was quiet longest is forgotten, so that a flood of names cannot fill memory. */
const maxRemembered = 20_000;

interface Bucket {
  readonly allowance: number;
  readonly at: number;
}

/** Allows each key so many actions a minute, with bursts up to the same number (a token bucket per key). */
export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** Quiet longest first: each action moves its key to the end. */
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
    const before = this.#buckets.get(key) ?? { allowance: this.#perMinute, at: now };
    const filled = before.allowance + ((now - before.at) / 60_000) * this.#perMinute;
    const allowance = Math.min(this.#perMinute, filled);
    const allowed = allowance >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { allowance: allowed ? allowance - 1 : allowance, at: now });
    if (this.#buckets.size > maxRemembered) this.#forgetOne();
    return allowed;
  }

  #forgetOne(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
