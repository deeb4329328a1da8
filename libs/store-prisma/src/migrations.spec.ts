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

  async function run(from: string): Promise<readonly string[]> {
    const client = sessionClient(server.url);
    await client.connect();
    return migrate(client, from).finally(() => client.end());
  }

  it('are applied once, also by two processes at a time', async () => {
    const names = fs.readdirSync(migrationsFolder).sort();
    const [first, second] = await Promise.all([run(migrationsFolder), run(migrationsFolder)]);
    expect([...first, ...second].sort()).toEqual(names);
    expect(await run(migrationsFolder)).toEqual([]);
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
