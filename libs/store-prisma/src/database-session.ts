import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { sessionClient } from './database.ts';

/** Any number that only this lock uses; the second part of the key is 1. */
const usersLock = 72_707_370;
const mostBackOffMs = 5_000;

export interface DatabaseSessionParams {
  readonly url: string;
  readonly channel: string;
  /** A notification came, or the connection was made anew and some may have been missed. */
  readonly onNotification: () => void;
}

/**
 * One connection that stays: it hears NOTIFY, and holds a shared lock that says "this server is in use". It reconnects
 * for ever with jittered back-off.
 */
export class DatabaseSession {
  readonly #params: DatabaseSessionParams;
  #client: Client | undefined;
  #closed = false;

  constructor(params: DatabaseSessionParams) {
    this.#params = params;
  }

  async start(): Promise<void> {
    this.#client = await this.#connect();
  }

  /** Gives the lock up; true if no other process uses the server, false also if that cannot be known. */
  async close(): Promise<boolean> {
    this.#closed = true;
    const client = this.#client ?? (await this.#connect().catch(() => undefined));
    this.#client = undefined;
    if (client === undefined) return false;
    try {
      await client.query('SELECT pg_advisory_unlock_shared($1, 1)', [usersLock]);
      const { rows } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1, 1) AS alone', [
        usersLock,
      ]);
      return rows[0]?.alone === true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #connect(): Promise<Client> {
    const client = sessionClient(this.#params.url);
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      if (this.#client === client) void this.#reconnect();
    };
    client.on('error', onLost);
    client.on('end', onLost);
    client.on('notification', () => this.#params.onNotification());
    await client.connect();
    await client.query('SELECT pg_advisory_lock_shared($1, 1)', [usersLock]);
    await client.query(`LISTEN ${client.escapeIdentifier(this.#params.channel)}`);
    return client;
  }

  async #reconnect(): Promise<void> {
    this.#client = undefined;
    for (let attempt = 1; !this.#closed; attempt++) {
      await sleep(Math.random() * Math.min(mostBackOffMs, 50 * 2 ** attempt), undefined, { ref: false });
      if (this.#closed) return;
      try {
        const client = await this.#connect();
        if (this.#closed) return void (await client.end());
        this.#client = client;
        this.#params.onNotification();
        return;
      } catch {
        // The next attempt tells more; the tail reports the state of the database.
      }
    }
  }
}
