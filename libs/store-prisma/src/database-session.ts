import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { sessionClient } from './database.ts';
import { leaveServer, leaveServerAt, useServer } from './server-use.ts';

const mostBackOffMs = 5_000;

export interface DatabaseSessionParams {
  readonly url: string;
  readonly channel: string;
  /** A notification came, or the connection was made anew and some may have been missed. */
  readonly onNotification: () => void;
}

interface Connection {
  readonly client: Client;
  /** Resolves once it is dead; it may be so from the beginning. */
  readonly lost: Promise<void>;
}

/**
 * One connection that stays: it hears NOTIFY, and holds a shared lock that says "this server is in use". It reconnects
 * for ever with jittered back-off. There is never a second connection: its lock would look like another user's.
 */
export class DatabaseSession {
  readonly #params: DatabaseSessionParams;
  readonly #closing = new AbortController();
  readonly #closed: Promise<void>;
  #connection: Connection | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(params: DatabaseSessionParams) {
    this.#params = params;
    this.#closed = new Promise((resolve) => this.#closing.signal.addEventListener('abort', () => resolve()));
  }

  async start(): Promise<void> {
    this.#keeping = this.#keep(await this.#connect());
  }

  /**
   * Gives the lock up. Runs the action if no other process uses the server, and not if that cannot be known; nobody can
   * begin to use the server meanwhile.
   */
  async close(whenAlone?: () => Promise<void>): Promise<void> {
    this.#closing.abort();
    await this.#keeping;
    const client = this.#connection?.client;
    this.#connection = undefined;
    if (whenAlone === undefined) return void (await client?.end().catch(() => undefined));
    const left = client && (await leaveServer(client, whenAlone));
    // The connection may have died without our knowledge; a new one tells for certain.
    if (left === undefined) await leaveServerAt(this.#params.url, whenAlone);
  }

  /** Follows one connection after the other until the session is closed; what is connected then stays for `close`. */
  async #keep(first: Connection): Promise<void> {
    for (let next: Connection | undefined = first; next !== undefined; next = await this.#reconnect()) {
      this.#connection = next;
      if (next !== first) this.#params.onNotification();
      await Promise.race([next.lost, this.#closed]);
      if (this.#closing.signal.aborted) return;
      this.#connection = undefined;
      void next.client.end().catch(() => undefined);
    }
  }

  /** Undefined if the session was closed before an attempt worked. */
  async #reconnect(): Promise<Connection | undefined> {
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const pause = Math.random() * Math.min(mostBackOffMs, 50 * 2 ** attempt);
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
      // The next attempt tells more; the tail reports the state of the database.
      const connection = signal.aborted ? undefined : await this.#connect().catch(() => undefined);
      if (connection !== undefined) return connection;
    }
    return undefined;
  }

  async #connect(): Promise<Connection> {
    const client = sessionClient(this.#params.url);
    const lost = new Promise<void>((resolve) => client.on('error', () => resolve()).on('end', () => resolve()));
    client.on('notification', () => this.#params.onNotification());
    try {
      await client.connect();
      await useServer(client);
      await client.query(`LISTEN ${client.escapeIdentifier(this.#params.channel)}`);
      return { client, lost };
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}
