import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError, type Resource } from '@malla/model';
import { keyOf, type ResourceMirror, type ResourceStore } from '@malla/store';
import type { Logger } from 'pino';

export interface EventExpiryParams {
  readonly store: ResourceStore;
  readonly mirror: ResourceMirror;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long an event is kept after it happened last. */
  readonly ttlMs: number;
  /** How often it looks, in milliseconds; 30 s by default. */
  readonly everyMs?: number;
}

const batchSize = 200;

/** Deletes events that are too old, in batches. */
export class EventExpiry {
  readonly #params: EventExpiryParams;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(params: EventExpiryParams) {
    this.#params = params;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Deletes what is too old now. */
  async sweep(): Promise<void> {
    const { mirror, store, now, ttlMs, newId } = this.#params;
    const before = now() - ttlMs;
    const old = [...mirror.objects('', 'Event')].filter((event) => lastSeen(event) < before).map(keyOf);
    for (let start = 0; start < old.length; start += batchSize) {
      const operations = old.slice(start, start + batchSize).map((key) => ({ type: 'delete', key }) as const);
      await store.write({ operations, author: 'system:event-expiry', changeId: newId() });
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#params.everyMs ?? 30_000, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.sweep().catch((thrown: unknown) => {
        const { code, message } = MallaError.from(thrown);
        // Another replica deletes the same: the next round sees what it has left.
        if (code !== 'not_found') this.#params.logger.warn({ reason: message, code }, 'Old events stay a while longer');
      });
    }
  }
}

function lastSeen(event: Resource): number {
  const series = event['series'] as { lastObservedTime?: string } | undefined;
  const times = [
    series?.lastObservedTime,
    event['lastTimestamp'],
    event['eventTime'],
    event.metadata.creationTimestamp,
  ];
  const time = times.find((each) => typeof each === 'string' && each !== '');
  const parsed = Date.parse((time ?? '') as string);
  return Number.isNaN(parsed) ? 0 : parsed;
}
