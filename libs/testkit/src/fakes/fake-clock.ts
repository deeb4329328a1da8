interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that only the test moves. Stands for any port with `now` and `sleep`. */
export class FakeClock {
  #now: number;
  #sleepers: Sleeper[] = [];

  /** @param now milliseconds since the epoch; default 2026-01-01 */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  /** Resolves when the clock was moved that far, or when the signal is aborted. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true || ms <= 0) return resolve();
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => this.#drop(sleeper), { once: true });
    });

  /** How many sleep right now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time on, waking sleepers in order; what they do in between runs before later ones wake. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#sleepers.filter((s) => s.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#drop(next);
      await settle();
    }
    this.#now = until;
    await settle();
  }

  #drop(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
    sleeper.wake();
  }
}

/** Lets promises that are due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
