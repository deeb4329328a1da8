import type { LocalRateLimitConfig } from '@malla/proxy-config';
import type { TokenSource } from '../runtime/services.ts';

type BucketConfig = NonNullable<LocalRateLimitConfig['bucket']>;

/** Memory of one bucket: fills that were made so far, and tokens. Times are milliseconds of a clock that all threads share. */
export interface BucketPlace {
  readonly memory: SharedArrayBuffer;
  /** When the bucket was made, full. */
  readonly since: number;
}

/** Milliseconds since the machine was started: the same in all threads, unlike `performance.now()`. */
function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** A bucket of tokens that all workers take from; filled by whoever asks first after it is time. Nothing is locked, and no token is given twice. */
export class SharedBucket implements TokenSource {
  readonly #config: BucketConfig;
  readonly #cells: Int32Array;
  readonly #since: number;

  constructor(config: BucketConfig, { memory, since }: BucketPlace) {
    this.#config = config;
    this.#cells = new Int32Array(memory);
    this.#since = since;
  }

  /** Memory of a bucket that is full now. */
  static place({ maxTokens }: BucketConfig): BucketPlace {
    const memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(memory)[1] = Math.min(maxTokens, 0x7fffffff);
    return { memory, since: sharedNow() };
  }

  take(): boolean {
    this.#fill();
    return this.#change(-1) > 0;
  }

  #fill(): void {
    const { fillIntervalMs, tokensPerFill } = this.#config;
    const due = Math.floor((sharedNow() - this.#since) / fillIntervalMs) | 0;
    const made = Atomics.load(this.#cells, 0);
    const missing = (due - made) | 0;
    if (missing > 0 && Atomics.compareExchange(this.#cells, 0, made, due) === made)
      this.#change(missing * tokensPerFill);
  }

  /** @returns how many tokens there were; with none, none is taken */
  #change(by: number): number {
    const { maxTokens } = this.#config;
    for (;;) {
      const before = Atomics.load(this.#cells, 1);
      if (by < 0 && before < 1) return before;
      const after = Math.min(before + by, maxTokens, 0x7fffffff);
      if (after === before || Atomics.compareExchange(this.#cells, 1, before, after) === before) return before;
    }
  }
}
