import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionClient } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { migrate, migrationsFolder } from './migrate.ts';

describe('migrations', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-migrations-'));
    fs.chmodSync(folder, 0o755);
    server = await EmbeddedPostgres.open(folder);
  });
  afterAll(async () => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function run(from: string, url = server.url): Promise<readonly string[]> {
    const client = sessionClient(url);
    await client.connect();
    return migrate(client, from).finally(() => client.end());
  }

  it('are applied once, also by two processes at a time', async () => {
    const names = fs.readdirSync(migrationsFolder).sort();
    const [first, second] = await Promise.all([run(migrationsFolder), run(migrationsFolder)]);
    expect([...first, ...second].sort()).toEqual(names);
    expect(await run(migrationsFolder)).toEqual([]);
  });

  it('bring a database of the first version up to date, with what it holds', async () => {
    const query = async (url: string, sql: string) => {
      const client = sessionClient(url);
      await client.connect();
      return client.query(sql).finally(() => client.end());
    };
    await query(server.url, 'CREATE DATABASE older');
    const url = Object.assign(new URL(server.url), { pathname: '/older' }).href;
    const [first, ...later] = fs.readdirSync(migrationsFolder).sort() as [string, ...string[]];
    const old = path.join(folder, 'old');
    fs.cpSync(path.join(migrationsFolder, first), path.join(old, first), { recursive: true });
    await run(old, url);
    await query(url, `INSERT INTO "Mesh" (id, revision) VALUES ('kept', 7)`);
    expect(await run(migrationsFolder, url)).toEqual(later);
    expect((await query(url, 'SELECT id, revision FROM "Mesh"')).rows).toEqual([{ id: 'kept', revision: '7' }]);
    // The older version then tells why it does not start, instead of writing into tables that it does not know.
    await expect(run(old, url)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are refused when edited after they were applied, or unknown', async () => {
    const edited = path.join(folder, 'edited');
    fs.cpSync(migrationsFolder, edited, { recursive: true });
    const [first] = fs.readdirSync(edited).sort();
    fs.appendFileSync(path.join(edited, first as string, 'migration.sql'), '\n-- edited\n');
    await expect(run(edited)).rejects.toMatchObject({ code: 'conflict' });
    const none = path.join(folder, 'none');
    fs.mkdirSync(none);
    await expect(run(none)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('newer version'),
    });
  });

  it('agree with schema.prisma', () => {
    const script = path.join(migrationsFolder, '..', 'author.mjs');
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' })).toContain('in step');
  });
});
