import { logFields } from '@malla/observability';
import type { DeliveryState } from '@malla/redis';
import type { Logger } from 'pino';

/** Where delivery states go; `DeliveryMap` of `@malla/redis`. */
export interface DeliveryWriter {
  put(states: readonly DeliveryState[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  sweep(): Promise<void>;
}

/** A connected proxy, as the reporter sees it. */
export interface DeliverySource {
  deliveryState(): DeliveryState;
}

export interface DeliveryReporterParams {
  readonly writer: DeliveryWriter;
  readonly logger: Logger;
  /** At most one write per proxy in this time, in milliseconds. */
  readonly intervalMs: number;
  /** Every state is written again after so many intervals, so that it does not go stale. */
  readonly refreshIntervals: number;
}

/** Writes what proxies were sent and said, coalesced. Delivery itself never waits for it. */
export class DeliveryReporter {
  readonly #params: DeliveryReporterParams;
  readonly #sources = new Map<string, DeliverySource>();
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #flushing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(params: DeliveryReporterParams) {
    this.#params = params;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), this.#params.intervalMs);
  }

  /** Writes what is left, and forgets the proxies of this replica. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    for (const id of this.#sources.keys()) this.#gone.add(id);
    this.#sources.clear();
    await this.#flush();
  }

  /** Something about a proxy changed. */
  changed(id: string, source: DeliverySource): void {
    this.#sources.set(id, source);
    this.#gone.delete(id);
    this.#changed.add(id);
  }

  /** A stream ended; a newer stream of the same proxy stays. */
  closed(id: string, source: DeliverySource): void {
    if (this.#sources.get(id) !== source) return;
    this.#sources.delete(id);
    this.#changed.delete(id);
    this.#gone.add(id);
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % this.#params.refreshIntervals === 0) for (const id of this.#sources.keys()) this.#changed.add(id);
    // A slow Redis must not pile up writes: the next tick takes what has gathered.
    this.#flushing = this.#flushing.then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const states = [...this.#changed]
      .map((id) => this.#sources.get(id)?.deliveryState())
      .filter((s) => s !== undefined);
    const gone = [...this.#gone];
    if (states.length === 0 && gone.length === 0) return;
    // What changes while Redis answers belongs to the next flush.
    this.#changed.clear();
    this.#gone.clear();
    try {
      await this.#params.writer.put(states);
      await this.#params.writer.remove(gone);
      if (this.#ticks % this.#params.refreshIntervals === 0) await this.#params.writer.sweep();
      this.#failing = false;
    } catch (error) {
      for (const { id } of states) if (this.#sources.has(id)) this.#changed.add(id);
      for (const id of gone) if (!this.#sources.has(id)) this.#gone.add(id);
      if (!this.#failing) this.#params.logger.warn({ [logFields.error]: error }, 'Delivery states are not written');
      this.#failing = true;
    }
  }
}
