/**
 * Earliest deadline first, as Envoy's weighted round robin: the entry with the earliest deadline is picked and comes again after 1 / weight. Weights
 * may change between picks; an entry's newest weight counts from its next pick on. Picks allocate nothing and cost O(log n).
 */
export class EdfScheduler<T> {
  readonly #entries: T[];
  readonly #deadlines: Float64Array;
  /** Breaks ties: who was scheduled first is picked first. */
  readonly #orders: Float64Array;
  #order: number;

  /**
   * @param entries At least one.
   * @param weightOf Above 0.
   * @param phase 0 to 1: how far into the schedule it starts, so that workers do not all begin with the same host.
   */
  constructor(entries: readonly T[], weightOf: (entry: T) => number, phase: number) {
    const start = phase * PERIODS;
    const scheduled = entries.map((entry, index) => {
      const weight = weightOf(entry);
      return { entry, index, deadline: (Math.floor(start * weight) + 1) / weight };
    });
    // A sorted array is a heap.
    scheduled.sort((a, b) => a.deadline - b.deadline || a.index - b.index);
    this.#entries = scheduled.map(({ entry }) => entry);
    this.#deadlines = Float64Array.from(scheduled, ({ deadline }) => deadline);
    this.#orders = Float64Array.from(scheduled, (_, position) => position);
    this.#order = scheduled.length;
  }

  /** The entry whose turn it is; `reschedule` then moves on. */
  get first(): T {
    return this.#entries[0] as T;
  }

  /** Schedules the first entry again, by its weight of now. */
  reschedule(weight: number): void {
    const entries = this.#entries;
    const deadlines = this.#deadlines;
    const orders = this.#orders;
    const entry = entries[0] as T;
    const deadline = (deadlines[0] as number) + 1 / weight;
    const order = this.#order++;
    const size = entries.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(child + 1, deadlines[child] as number, orders[child] as number)) child++;
      if (!this.#isBefore(child, deadline, order)) break;
      entries[at] = entries[child] as T;
      deadlines[at] = deadlines[child] as number;
      orders[at] = orders[child] as number;
      at = child;
    }
    entries[at] = entry;
    deadlines[at] = deadline;
    orders[at] = order;
  }

  #isBefore(index: number, deadline: number, order: number): boolean {
    const own = this.#deadlines[index] as number;
    return own < deadline || (own === deadline && (this.#orders[index] as number) < order);
  }
}

/** How many units of time a start may be into the schedule; in one unit an entry of weight 1 is picked once. */
const PERIODS = 1000;
