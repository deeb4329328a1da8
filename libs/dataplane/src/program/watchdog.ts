import type { BootstrapConfig } from '@malla/proxy-config';
import type { Counter, StatsScope } from '../runtime/instruments.ts';

export interface WatchdogParams {
  readonly limits: BootstrapConfig['watchdogs'];
  /** The last ping that each worker has seen. */
  readonly heartbeats: Int32Array;
  readonly workers: number;
  readonly stats: StatsScope;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Asks a worker to write `beat`; false when there is none now that could. */
  readonly ping: (index: number, beat: number) => boolean;
  /** A worker has not answered for as long as counts as a mega miss. */
  readonly onSilent: (index: number, ms: number) => void;
  /** As above, for as long as the configuration puts up with at most. */
  readonly kill: (index: number, ms: number) => void;
}

/**
 * Looks after the event loops of the workers, and of its own thread. Counts a miss, and a mega miss, once for each time that one does not come round for so
 * long; replaces a worker only where a time for that is configured. Source: Envoy's source/server/guarddog_impl.cc, which aborts the process instead.
 */
export class Watchdog {
  readonly #params: WatchdogParams;
  readonly #watched: readonly Watched[];
  readonly #main: Misses;
  readonly #intervalMs: number;
  #lookedAt = 0;

  constructor(params: WatchdogParams) {
    const { limits, stats, workers } = params;
    this.#params = params;
    this.#intervalMs = Math.min(limits.workers.missMs, limits.workers.megaMissMs);
    this.#main = new Misses(stats, 'server.main_thread', 'main_thread');
    this.#watched = Array.from({ length: workers }, (_, index) => ({
      beat: 0,
      silentMs: 0,
      misses: new Misses(stats, `server.worker_${index}`, 'workers'),
    }));
  }

  start(): void {
    this.#lookedAt = this.#params.now();
    setInterval(() => this.look(), this.#intervalMs).unref();
  }

  look(): void {
    const { limits, now } = this.#params;
    const at = now();
    const elapsed = at - this.#lookedAt;
    this.#lookedAt = at;
    this.#main.count(elapsed - this.#intervalMs, limits.mainThread);
    this.#main.clear();
    // When this thread, or the whole machine, has stood still, the workers have had no time to answer either.
    const counted = Math.min(elapsed, 2 * this.#intervalMs);
    this.#watched.forEach((each, index) => this.#lookAt(each, index, counted));
  }

  #lookAt(watched: Watched, index: number, elapsed: number): void {
    const { heartbeats, limits, ping, onSilent, kill } = this.#params;
    if (watched.beat === 0 || Atomics.load(heartbeats, index) === watched.beat) {
      watched.silentMs = 0;
      watched.misses.clear();
      // Never 0, which says that nothing is waited for.
      const next = (watched.beat % 0x7fffffff) + 1;
      watched.beat = ping(index, next) ? next : 0;
      return;
    }
    watched.silentMs += elapsed;
    const ms = Math.round(watched.silentMs);
    if (watched.misses.count(ms, limits.workers)) onSilent(index, ms);
    if (limits.workers.killMs === 0 || ms < limits.workers.killMs) return;
    watched.beat = 0;
    kill(index, ms);
  }
}

interface Watched {
  /** The ping that is to be answered; 0: none. */
  beat: number;
  silentMs: number;
  readonly misses: Misses;
}

/** Counters of one event loop, and of all of its kind. */
class Misses {
  readonly #miss: readonly Counter[];
  readonly #megaMiss: readonly Counter[];
  #missed = false;
  #megaMissed = false;

  constructor(stats: StatsScope, own: string, all: string) {
    this.#miss = [own, all].map((prefix) => stats.counter(`${prefix}.watchdog_miss`));
    this.#megaMiss = [own, all].map((prefix) => stats.counter(`${prefix}.watchdog_mega_miss`));
  }

  /** True when it has become a mega miss by now. */
  count(ms: number, limits: { readonly missMs: number; readonly megaMissMs: number }): boolean {
    if (ms >= limits.missMs && !this.#missed) {
      this.#missed = true;
      for (const counter of this.#miss) counter.inc();
    }
    if (ms < limits.megaMissMs || this.#megaMissed) return false;
    this.#megaMissed = true;
    for (const counter of this.#megaMiss) counter.inc();
    return true;
  }

  clear(): void {
    this.#missed = false;
    this.#megaMissed = false;
  }
}
