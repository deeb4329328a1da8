import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RedisKeys } from './keys.ts';

const mostEntries = 1_000;
const blockMs = 5_000;
const retryMs = 1_000;

export interface ConfigWakeUpsParams {
  readonly redis: Redis;
  /** A connection of its own: reading blocks it. */
  readonly blockingRedis: Redis;
  readonly keys: RedisKeys;
}

/**
 * Tells the replicas of config-api that there are new revisions, by a short stream. A hint: whoever misses it reads the
 * database a little later. Fits the `WakeUps` port of `@malla/store`.
 */
export class ConfigWakeUps {
  readonly #params: ConfigWakeUpsParams;
  readonly #listeners = new Set<(revision: number) => void>();
  readonly #stop = new AbortController();
  #unsent: number | undefined;
  #sending = false;

  constructor(params: ConfigWakeUpsParams) {
    this.#params = params;
    void this.#read();
  }

  /** Sends the newest revision; those that come while one is being sent are merged. */
  publish(revision: number): void {
    this.#unsent = Math.max(revision, this.#unsent ?? 0);
    if (!this.#sending) void this.#send();
  }

  subscribe(listener: (revision: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops reading; the connections stay open. */
  close(): void {
    this.#stop.abort();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#unsent !== undefined) {
      const revision = this.#unsent;
      this.#unsent = undefined;
      const { redis, keys } = this.#params;
      await redis.xadd(keys.configEvents, 'MAXLEN', '~', mostEntries, '*', 'revision', revision).catch(() => undefined);
    }
    this.#sending = false;
  }

  async #read(): Promise<void> {
    const { blockingRedis, keys } = this.#params;
    let last = '$';
    while (!this.#stop.signal.aborted) {
      try {
        const answer = await blockingRedis.xread('COUNT', 100, 'BLOCK', blockMs, 'STREAMS', keys.configEvents, last);
        const entries = answer?.[0]?.[1] ?? [];
        last = entries.at(-1)?.[0] ?? last;
        for (const [, fields] of entries) this.#tell(Number(fields[1]));
      } catch {
        await sleep(retryMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  #tell(revision: number): void {
    for (const listener of this.#listeners) listener(revision);
  }
}
