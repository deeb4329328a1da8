import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseRelay } from '../test/database-relay.ts';
import { DatabaseSession } from './database-session.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';

let folder: string;
let server: EmbeddedPostgres;
let admin: pg.Client;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-session-'));
  fs.chmodSync(folder, 0o755);
  server = await EmbeddedPostgres.open(folder);
  admin = new pg.Client(server.url);
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await server.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function openSession(url = server.url, onNotification = (): void => undefined): Promise<DatabaseSession> {
  const session = new DatabaseSession({ url, channel: 'spec', onNotification });
  await session.start();
  return session;
}

/** Closes it; tells whether it was alone. */
async function close(session: DatabaseSession): Promise<boolean> {
  let alone = false;
  await session.close(async () => void (alone = true));
  return alone;
}

/** Cuts the connections of all sessions; waits until they are gone from the server, if asked to. */
async function cutSessions(waitMs = 5_000): Promise<void> {
  const query = "SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity WHERE application_name = 'malla-session'";
  await admin.query(query, [waitMs]);
}

describe('DatabaseSession', () => {
  it('is alone, however soon after the loss of its connection it is closed', async () => {
    const answers: boolean[] = [];
    for (let round = 0; round < 50; round++) {
      const session = await openSession();
      await cutSessions(round % 2 === 0 ? 0 : 5_000);
      await sleep(round * 2);
      answers.push(await close(session));
    }
    expect(answers.filter((alone) => !alone)).toEqual([]);
  });

  it('takes no connection that it is just making for another user', async () => {
    await using relay = await DatabaseRelay.open(server.url);
    const session = await openSession(relay.url);
    const stopped = relay.stopQuery('LISTEN');
    await cutSessions();
    const pass = await stopped;
    const closing = close(session);
    await sleep(300);
    pass();
    expect(await closing).toBe(true);
  });

  it('tries anew on a connection that is dead without its knowledge', async () => {
    await using relay = await DatabaseRelay.open(server.url);
    const session = await openSession(relay.url);
    relay.hidesEnds = true;
    await cutSessions();
    const closing = close(session);
    relay.hidesEnds = false;
    expect(await closing).toBe(true);
  });

  it('connects again when the connection is lost in the moment in which it was made', async () => {
    await using relay = await DatabaseRelay.open(server.url);
    let notifications = 0;
    const session = await openSession(relay.url, () => notifications++);
    const joined = relay.joinAnswerWithEnd('LISTEN');
    await cutSessions();
    await joined;
    await expect
      .poll(async () => (await admin.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")).rows.length)
      .toBe(1);
    await cutSessions();
    const before = notifications;
    await expect
      .poll(async () => {
        await admin.query('NOTIFY spec');
        return notifications - before;
      })
      .toBeGreaterThan(2);
    expect(await close(session)).toBe(true);
  });

  it('is not alone while another one is open', async () => {
    const [one, two] = [await openSession(), await openSession()];
    expect(await close(one)).toBe(false);
    expect(await close(two)).toBe(true);
  });

  it('waits a little for the connection of a process that was killed', async () => {
    const session = await openSession();
    const killed = await openSession();
    const closing = close(session);
    await sleep(100);
    await close(killed);
    expect(await closing).toBe(true);
  });

  it('does not wait for a server that is away', async () => {
    const relay = await DatabaseRelay.open(server.url);
    const session = await openSession(relay.url);
    await relay[Symbol.asyncDispose]();
    await sleep(400);
    const began = performance.now();
    expect(await close(session)).toBe(false);
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
