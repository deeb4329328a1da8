import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { sessionClient } from './database.ts';

/** Any number that only these locks use; the second part of the key says which. */
const leaderLock = 72_707_371;
const answerWithinMs = 5_000;

export interface LeadershipParams {
  readonly url: string;
  /** What is led, such as `kubernetes/default`: one process at a time for each name. */
  readonly name: string;
  /** Told of each change. A call that has not ended is waited for before the lock is given up. */
  readonly onChange: (leading: boolean) => Promise<void>;
  /** How often to look, in milliseconds; 1 s by default. */
  readonly everyMs?: number;
}

/**
 * One process of many does a work: the one that holds an advisory lock of the database. The server gives it up with the connection, so the
 * next one takes over within about a second of a crash. The work must bear that two do it for a moment: who lost the connection learns it
 * only at the next look.
 */
export class Leadership {
  readonly #params: LeadershipParams;
  readonly #stopping = new AbortController();
  #client: Client | undefined;
  #leading = false;
  #running: Promise<void> = Promise.resolve();

  constructor(params: LeadershipParams) {
    this.#params = params;
  }

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Gives the lead up. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#become(false);
    await this.#leave();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const leading = await this.#holds().catch(() => false);
      if (!leading && this.#leading) await this.#leave();
      if (!signal.aborted) await this.#become(leading);
      await sleep(this.#params.everyMs ?? 1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Rejects when the connection is lost, and the lock with it. */
  async #holds(): Promise<boolean> {
    const client = (this.#client ??= await this.#connect());
    try {
      if (this.#leading) {
        await inTime(client.query('SELECT 1'));
        return true;
      }
      const key = [leaderLock, numberOf(this.#params.name)];
      const { rows } = await inTime(
        client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', key),
      );
      return rows[0]?.held === true;
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async #connect(): Promise<Client> {
    const client = sessionClient(this.#params.url);
    await client.connect();
    return client;
  }

  async #become(leading: boolean): Promise<void> {
    if (leading === this.#leading) return;
    this.#leading = leading;
    await this.#params.onChange(leading);
  }

  async #leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }
}

/** A server that says nothing is as good as gone; TCP would notice after many minutes only. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the database did not answer in time')), answerWithinMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A signed number of 32 bits for a name. */
function numberOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE(0);
}
