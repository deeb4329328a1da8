export interface BackOffParams {
  readonly baseMs: number;
  readonly maxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Waits between attempts: each one is random below a bound that doubles up to the longest. Source: Envoy's JitteredExponentialBackOffStrategy. */
export class BackOff {
  readonly #params: BackOffParams;
  #boundMs: number;

  constructor(params: BackOffParams) {
    this.#params = params;
    this.#boundMs = params.baseMs;
  }

  /** Whole milliseconds. */
  next(): number {
    const { maxMs, random } = this.#params;
    const wait = Math.floor(random() * this.#boundMs);
    this.#boundMs = Math.min(this.#boundMs * 2, maxMs);
    return wait;
  }

  /** An attempt has succeeded. */
  reset(): void {
    this.#boundMs = this.#params.baseMs;
  }
}
