import type { Client } from 'pg';
import { sessionClient } from './database.ts';

/** Any number that only this lock uses; the second part of the key is 1. */
const usersLock = 72_707_370;

/**
 * How long the last user waits for others to be gone, in milliseconds. The server gives up the lock of a process that was
 * killed, or of a connection that was cut, only when its own process for it gets to run: milliseconds, on a busy machine more.
 */
const patienceMs = 1_000;

/** SQLSTATE lock_not_available: others have held the lock for longer than `lock_timeout`. */
const stillInUse = '55P03';

/** Says "this server is in use" for as long as the connection lives. Waits while the last user stops the server. */
export async function useServer(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock_shared($1, 1)', [usersLock]);
}

/**
 * Takes the connection's use back, runs the action if no other process uses the server, and closes the connection. Nobody
 * can begin to use the server while the action runs. True if it ran, undefined if the connection is dead.
 */
export async function leaveServer(client: Client, whenAlone: () => Promise<void>): Promise<boolean | undefined> {
  try {
    const alone = await lockOthersOut(client);
    if (alone) await whenAlone();
    return alone;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same over a connection of its own; false also if there is none. */
export async function leaveServerAt(url: string, whenAlone: () => Promise<void>): Promise<boolean> {
  const client = sessionClient(url);
  try {
    await client.connect();
  } catch {
    return false;
  }
  return (await leaveServer(client, whenAlone)) ?? false;
}

async function lockOthersOut(client: Client): Promise<boolean | undefined> {
  try {
    await client.query('SELECT pg_advisory_unlock_all()');
    await client.query(`SET lock_timeout = ${patienceMs}`);
    await client.query('SELECT pg_advisory_lock($1, 1)', [usersLock]);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === stillInUse ? false : undefined;
  }
}
