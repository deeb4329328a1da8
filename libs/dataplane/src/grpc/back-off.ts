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

  next(): number {
    const { baseMs, maxMs, random } = this.#params;
    const wait = Math.floor(random() * this.#boundMs);
    // Twice the bound less one of the base, as Envoy has it: never zero, and at the longest in the end.
    this.#boundMs = Math.min(Math.max(baseMs, this.#boundMs * 2), maxMs);
    return wait;
  }

  reset(): void {
    this.#boundMs = this.#params.baseMs;
  }
}
