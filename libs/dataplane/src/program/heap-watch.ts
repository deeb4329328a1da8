import type { Gauge, StatsScope } from '../runtime/instruments.ts';

export interface HeapWatchParams {
  readonly maxBytes: number;
  /** Share of the limit at which requests are refused; Infinity: never. */
  readonly shortAt: number;
  /** Shared with the workers; the second number is 1 while memory is short. */
  readonly flag: Int32Array;
  readonly stats: StatsScope;
}

const intervalMs = 250;

/** Watches the memory of the whole process against the bootstrap's limit. */
export class HeapWatch {
  readonly #params: HeapWatchParams;
  readonly #pressure: Gauge;
  readonly #active: Gauge;

  constructor(params: HeapWatchParams) {
    this.#params = params;
    this.#pressure = params.stats.gauge('overload.envoy.resource_monitors.fixed_heap.pressure');
    this.#active = params.stats.gauge('overload.envoy.overload_actions.stop_accepting_requests.active');
  }

  start(): void {
    setInterval(() => this.look(), intervalMs).unref();
  }

  look(): void {
    const { maxBytes, shortAt, flag } = this.#params;
    const share = process.memoryUsage.rss() / maxBytes;
    const isShort = share >= shortAt;
    Atomics.store(flag, 1, isShort ? 1 : 0);
    this.#pressure.set(Math.round(share * 100));
    this.#active.set(isShort ? 1 : 0);
  }
}
