import type { Timer, Timers } from '../../src/runtime/services.ts';

/** Timers of a clock that stands until it is told to go on. */
export class FakeTimers implements Timers {
  #now = 0;
  #timers: { at: number; run: () => void; cancelled: boolean }[] = [];

  set(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run, cancelled: false };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return 1_700_000_000_000 + this.#now;
  }

  get pending(): number {
    return this.#timers.filter(({ cancelled }) => !cancelled).length;
  }

  /** Runs what is due on the way, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      this.#timers = this.#timers.filter(({ cancelled }) => !cancelled).sort((a, b) => a.at - b.at);
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}
