import type { Timer, Timers } from '../../src/runtime/services.ts';

/** Timers for specs that use real sockets. They keep no process alive. */
export class RealTimers implements Timers {
  /** Added to the wall clock, in milliseconds. */
  skew = 0;

  set(ms: number, run: () => void): Timer {
    const timer = setTimeout(run, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  }

  now(): number {
    return performance.now();
  }

  wallClock(): number {
    return Date.now() + this.skew;
  }
}
