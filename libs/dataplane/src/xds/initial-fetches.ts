import type { Timer, Timers } from '../runtime/services.ts';

export type FetchedKind = 'endpoint' | 'route' | 'secret';

/** Envoy's default of `initial_fetch_timeout`. */
const timeoutMs = 15_000;

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

  /** These names of the kind are wanted now, and no others. */
  expect(kind: FetchedKind, names: readonly string[], has: (name: string) => boolean): void {
    const running = this.#running[kind];
    const over = this.#over[kind];
    const wanted = new Set(names);
    for (const [name, timer] of running) {
      if (wanted.has(name) && !has(name)) continue;
      timer.cancel();
      running.delete(name);
    }
    for (const name of over) if (!wanted.has(name)) over.delete(name);
    for (const name of wanted) {
      if (running.has(name) || over.has(name) || has(name)) continue;
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
