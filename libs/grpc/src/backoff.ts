/** How waits grow. All in milliseconds. */
export interface BackoffParams {
  /** The first wait, before jitter. Default 500. */
  readonly initialMs?: number;
  /** The longest wait, before jitter. Default 30 000. */
  readonly maxMs?: number;
  /** Growth per failure. Default 2. */
  readonly factor?: number;
  /** The part of a wait that is random: 0.5 spreads waits over 50-100 % of the full one. Default 0.5. */
  readonly jitter?: number;
  /** Gives numbers in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/** The waits between tries: exponential, bounded and spread, so that thousands of clients do not come back at once. */
export class Backoff {
  readonly #params: Required<BackoffParams>;
  #failures = 0;

  constructor(params: BackoffParams = {}) {
    this.#params = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.5, random: Math.random, ...params };
  }

  /** The wait after one more failure, in milliseconds. */
  next(): number {
    const { initialMs, maxMs, factor, jitter, random } = this.#params;
    const full = Math.min(maxMs, initialMs * factor ** this.#failures);
    if (full < maxMs) this.#failures++;
    return Math.round(full * (1 - jitter * random()));
  }

  /** Begins anew: call it once a try has worked. */
  reset(): void {
    this.#failures = 0;
  }
}

/** Waits; ends early, without an error, when the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done);
  });
}
