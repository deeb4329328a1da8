export interface DebounceParams {
  /** Runs when it has been quiet for so many milliseconds. */
  readonly quietMs: number;
  /** Runs at the latest so many milliseconds after the first call. */
  readonly maxMs: number;
  readonly run: () => void;
}

/** Runs something once for a burst of calls. Source of the idea: Istio's PILOT_DEBOUNCE_AFTER and PILOT_DEBOUNCE_MAX. */
export class Debounce {
  readonly #params: DebounceParams;
  #quiet: NodeJS.Timeout | undefined;
  #latest: NodeJS.Timeout | undefined;

  constructor(params: DebounceParams) {
    this.#params = params;
  }

  call(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#fire(), this.#params.quietMs);
    this.#latest ??= setTimeout(() => this.#fire(), this.#params.maxMs);
  }

  stop(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#latest);
    this.#quiet = undefined;
    this.#latest = undefined;
  }

  #fire(): void {
    this.stop();
    this.#params.run();
  }
}
