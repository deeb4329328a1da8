import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sample, writeOne } from '@malla/store/conformance';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostmaster } from './embedded/postmaster-file.ts';
import { openStore, type OpenedStore, type OpenStoreParams } from './open-store.ts';

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-open-'));
  fs.chmodSync(folder, 0o755);
});
afterAll(() => {
  const left = postmaster();
  if (left !== undefined) process.kill(left.pid, 'SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

function open(params: Partial<OpenStoreParams> = {}): Promise<OpenedStore> {
  return openStore({
    postgresFolder: folder,
    secretKeyFile: path.join(folder, 'secret.key'),
    meshId: 'spec',
    onAvailability: () => undefined,
    onAuditFailure: () => undefined,
    onRevived: () => undefined,
    ...params,
  });
}

const postmaster = () => findPostmaster(path.join(fs.realpathSync(folder), 'cluster', 'data'));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await sleep(1);
  }
}

async function killPostgres(): Promise<number> {
  const { pid } = postmaster()!;
  process.kill(pid, 'SIGKILL');
  await until(() => postmaster()?.pid !== pid);
  return pid;
}

async function canConnect(port: number): Promise<boolean> {
  const password = fs.readFileSync(path.join(folder, 'cluster', 'password'), 'utf8');
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'malla', password, database: 'postgres' });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

describe('a store over a Postgres of its own', () => {
  it('leaves no server behind when it is closed while it starts a dead one again', async () => {
    const left: number[] = [];
    for (let round = 0; round < 5; round++) {
      const opened = await open();
      await killPostgres();
      await until(() => postmaster() !== undefined);
      await sleep(round * 30);
      await opened.close();
      if (postmaster() !== undefined) left.push(round);
    }
    expect(left).toEqual([]);
  });

  it('leaves no server behind when it is closed as soon as a revived one answers', async () => {
    const left: number[] = [];
    for (let round = 0; round < 8; round++) {
      const opened = await open();
      const { port } = postmaster()!;
      await killPostgres();
      await until(() => canConnect(port));
      await sleep(round * 5);
      await opened.close();
      if (postmaster() !== undefined) left.push(round);
    }
    expect(left).toEqual([]);
  });

  it('is usable when it is opened while the last user of the server ends', async () => {
    let last = await open();
    for (let round = 0; round < 8; round++) {
      const opening = open();
      await sleep(round * 15);
      await last.close();
      last = await opening;
      await writeOne(last.store, { type: 'create', object: sample(`round-${round}`) });
    }
    await last.close();
    expect(postmaster()).toBeUndefined();
  });

  it('keeps the records of the last moment when its connections died unnoticed', async () => {
    const opened = await open();
    const { port } = postmaster()!;
    const record = { time: new Date().toISOString(), subject: 'spec', source: '127.0.0.1', verb: 'create' };
    const where = { resource: 'services', namespace: 'shop', name: 'web', code: 201, message: '' };
    await Promise.all(Array.from({ length: 10 }, () => opened.store.revision()));
    await killPostgres();
    await until(() => canConnect(port));
    opened.audit.add({ ...record, ...where, changeId: 'last-moment' });
    await opened.close();
    const again = await open();
    expect((await again.audit.list(10)).map(({ changeId }) => changeId)).toContain('last-moment');
    await again.close();
  });

  it('stops the server also when the start failed, unless another one uses it', async () => {
    const wrong = { secretKeyFile: path.join(folder, 'wrong.key') };
    await expect(open(wrong)).rejects.toMatchObject({ code: 'conflict' });
    expect(postmaster()).toBeUndefined();
    const opened = await open();
    await expect(open(wrong)).rejects.toMatchObject({ code: 'conflict' });
    expect(postmaster()).toBeDefined();
    await opened.close();
    expect(postmaster()).toBeUndefined();
  });
});
