import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedPostgres } from './embedded-postgres.ts';

async function answer(url: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select 42 as answer');
  await client.end();
  return rows[0];
}

describe('EmbeddedPostgres', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-postgres-'));
    fs.chmodSync(folder, 0o755);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('makes, starts, shares, revives and stops one server', async () => {
    const [first, second] = await Promise.all([EmbeddedPostgres.open(folder), EmbeddedPostgres.open(folder)]);
    expect(second.pid).toBe(first.pid);
    expect(await answer(second.url)).toEqual({ answer: 42 });

    process.kill(first.pid, 'SIGKILL');
    while (first.running) await new Promise((resolve) => setTimeout(resolve, 10));
    const { url } = first;
    await Promise.all([first.revive(), second.revive()]);
    expect(first.url).toBe(url);
    expect(second.pid).toBe(first.pid);
    expect(await answer(url)).toEqual({ answer: 42 });

    await first.stop();
    expect(second.running).toBe(false);
    const again = await EmbeddedPostgres.open(folder);
    expect(await answer(again.url)).toEqual({ answer: 42 });
    await again.stop();
  });

  it('starts on the port it had, for those who still know that one, unless it is taken', async () => {
    const first = await EmbeddedPostgres.open(folder);
    const { url } = first;
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => first.running).toBe(false);
    const second = await EmbeddedPostgres.open(folder);
    expect(second.url).toBe(url);
    await second.stop();
    const blocker = net.createServer().listen(Number(new URL(url).port), '127.0.0.1');
    await once(blocker, 'listening');
    const third = await EmbeddedPostgres.open(folder);
    expect(third.url).not.toBe(url);
    expect(await answer(third.url)).toEqual({ answer: 42 });
    blocker.close();
    await third.stop();
  });

  it('keeps its password and its data to itself', () => {
    const cluster = path.join(folder, 'cluster');
    expect(fs.statSync(path.join(cluster, 'password')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(cluster, 'data')).mode & 0o777).toBe(0o700);
    expect(fs.readFileSync(path.join(cluster, 'data', 'pg_hba.conf'), 'utf8')).not.toMatch(/^[^#].*\btrust$/m);
  });

  it('replaces a postmaster.pid whose process is another program', async () => {
    const file = path.join(folder, 'cluster', 'data', 'postmaster.pid');
    fs.writeFileSync(file, `${process.pid}\n${path.dirname(file)}\n0\n5432\n\n127.0.0.1\n0 0\nready   \n`);
    const server = await EmbeddedPostgres.open(folder);
    expect(server.pid).not.toBe(process.pid);
    await server.stop();
  });
});
