/**
 * - closed: calls pass
 * - open: calls are refused until the pause is over
 * - probing: one call is out to see whether the other side is back; the others are refused
 */
export type CircuitState = 'closed' | 'open' | 'probing';

export interface CircuitParams {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Failures in a row that open it; default 5. */
  readonly failures?: number;
  /**
   * But not before it has gone on for so many milliseconds; default 1000. Calls come many at a time, and one short stall fails all that are under way.
   */
  readonly failingMs?: number;
  /** Milliseconds that it stays open; default 500. */
  readonly pauseMs?: number;
}

/** Spares callers the wait for something that does not answer. Nothing queues behind it. */
export class Circuit {
  readonly #now: () => number;
  readonly #mostFailures: number;
  readonly #failingMs: number;
  readonly #pauseMs: number;
  #failures = 0;
  #failingSince = 0;
  #state: CircuitState = 'closed';
  #openUntil = 0;

  constructor({ now, failures = 5, failingMs = 1000, pauseMs = 500 }: CircuitParams) {
    this.#now = now;
    this.#mostFailures = failures;
    this.#failingMs = failingMs;
    this.#pauseMs = pauseMs;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether a call may be made now; whoever gets true tells how it went by {@link succeeded} or {@link failed}. */
  enter(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'probing' || this.#now() < this.#openUntil) return false;
    this.#state = 'probing';
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#state = 'closed';
  }

  failed(): void {
    if (this.#failures === 0) this.#failingSince = this.#now();
    this.#failures += 1;
    const isShort = this.#failures < this.#mostFailures || this.#now() - this.#failingSince < this.#failingMs;
    if (this.#state !== 'probing' && isShort) return;
    this.#state = 'open';
    this.#openUntil = this.#now() + this.#pauseMs;
  }
}
