import type { Timer, Timers } from '../runtime/services.ts';

export type FetchedKind = 'endpoint' | 'route' | 'secret';

/** Times how long names have been wanted that have not come yet. */
export class InitialFetches {
  readonly #timers: Timers;
  readonly #onTimeout: (kind: FetchedKind, name: string) => void;
  readonly #running = {
    endpoint: new Map<string, Timer>(),
    route: new Map<string, Timer>(),
    secret: new Map<string, Timer>(),
  };
  /** Timed once: what came too late, or went away again, is not waited for anew. */
  readonly #over = { endpoint: new Set<string>(), route: new Set<string>(), secret: new Set<string>() };

  constructor(timers: Timers, onTimeout: (kind: FetchedKind, name: string) => void) {
    this.#timers = timers;
    this.#onTimeout = onTimeout;
  }

  /**
   * These names of the kind are wanted now, and no others.
   * @param wanted names with their time in milliseconds, 0 for as long as it takes
   */
  expect(kind: FetchedKind, wanted: ReadonlyMap<string, number>, has: (name: string) => boolean): void {
    const running = this.#running[kind];
    const over = this.#over[kind];
    for (const [name, timer] of running) {
      if (wanted.has(name) && !has(name)) continue;
      timer.cancel();
      running.delete(name);
    }
    for (const name of over) if (!wanted.has(name)) over.delete(name);
    for (const [name, timeoutMs] of wanted) {
      if (timeoutMs === 0 || running.has(name) || over.has(name) || has(name)) continue;
      running.set(
        name,
        this.#timers.set(timeoutMs, () => {
          running.delete(name);
          over.add(name);
          this.#onTimeout(kind, name);
        }),
      );
    }
  }
}
