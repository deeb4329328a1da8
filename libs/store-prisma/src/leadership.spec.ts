import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { Leadership } from './leadership.ts';

it('one of many leads; when it ends, or its connection does, another does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'malla-leadership-'));
  chmodSync(folder, 0o755);
  const server = await EmbeddedPostgres.open(folder);
  const told: string[] = [];
  const contender = (who: string, name = 'work'): Leadership => {
    const onChange = (leading: boolean): Promise<void> => {
      told.push(`${who} ${leading ? 'leads' : 'rests'}`);
      return Promise.resolve();
    };
    const made = new Leadership({ url: server.url, name, everyMs: 20, onChange });
    made.start();
    return made;
  };
  const first = contender('first');
  await expect.poll(() => first.leading).toBe(true);
  const [second, other] = [contender('second'), contender('other', 'other work')];
  await expect.poll(() => other.leading).toBe(true);
  await first.stop();
  await expect.poll(() => second.leading).toBe(true);
  expect(told).toEqual(['first leads', 'other leads', 'first rests', 'second leads']);
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'malla-session'");
  await admin.end();
  await expect.poll(() => told.slice(4)).toContain('second rests');
  await expect.poll(() => second.leading).toBe(true);
  await Promise.all([second.stop(), other.stop()]);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
