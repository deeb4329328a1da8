import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { DatabaseRelay } from '../test/database-relay.ts';
import { openDatabase } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';

it('a server that is stopped between two steps of the opening fails it, and not the process', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-database-'));
  fs.chmodSync(folder, 0o755);
  const server = await EmbeddedPostgres.open(folder);
  {
    await using relay = await DatabaseRelay.open(server.url);
    const joined = relay.joinAnswerWithEnd('pg_advisory_lock');
    const opening = openDatabase(relay.url);
    const refused = expect(opening).rejects.toThrow();
    await joined;
    const admin = new pg.Client(server.url);
    await admin.connect();
    const answered = "SELECT pid FROM pg_stat_activity WHERE state = 'idle' AND query LIKE '%pg_advisory_lock%'";
    await expect.poll(async () => (await admin.query(answered)).rows.length).toBe(1);
    await admin.query(`SELECT pg_terminate_backend(pid) FROM (${answered}) AS each`);
    await admin.end();
    await refused;
  }
  await server.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});
