import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConfigApi, ConfigApiProcess } from '../test/config-api-process.ts';
import { TestMesh, virtualService, virtualServices } from '../test/running-config-api.ts';

let mesh: TestMesh;
let api: ConfigApiProcess | undefined;

beforeAll(async () => {
  buildConfigApi();
  mesh = await TestMesh.create();
});

afterAll(async () => {
  await api?.end('SIGTERM');
  await mesh?.remove();
});

function postgresPid(): number {
  const data = join(realpathSync(mesh.folder), 'postgres', 'cluster', 'data');
  return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Sixteen writers, until the server is gone; notes the names that were acknowledged. */
async function writeUntilItFails(round: number, acknowledged: string[]): Promise<void> {
  const write = async (writer: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const name = `r${round}-w${writer}-${i}`;
      const answer = await api?.rest.post(virtualServices, virtualService(name)).catch(() => undefined);
      if (answer?.status !== 201) return;
      acknowledged.push(name);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
}

describe('config-api that is killed', () => {
  it('loses no acknowledged write, and finds its Postgres again', async () => {
    const acknowledged: string[] = [];
    let postgres = 0;
    for (let round = 0; round < 3; round++) {
      api = await ConfigApiProcess.start(mesh);
      if (postgres !== 0) expect(postgresPid()).toBe(postgres);
      postgres = postgresPid();
      const before = acknowledged.length;
      const writing = writeUntilItFails(round, acknowledged);
      await expect.poll(() => acknowledged.length - before, { interval: 1 }).toBeGreaterThan(20 + round * 30);
      await api.end('SIGKILL');
      await writing;
      api = undefined;
    }
    api = await ConfigApiProcess.start(mesh);
    const { body } = await api.rest.get(virtualServices);
    const names = new Set(body.items.map((item: { metadata: { name: string } }) => item.metadata.name));
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
  });

  it('outlives its Postgres: reads go on from memory, writes are refused or held, and nothing acknowledged is lost', async () => {
    api ??= await ConfigApiProcess.start(mesh);
    const { rest } = api;
    expect((await rest.post(virtualServices, virtualService('before-kill'))).status).toBe(201);
    process.kill(postgresPid(), 'SIGKILL');
    expect((await rest.get(`${virtualServices}/before-kill`)).status).toBe(200);
    const statuses = new Set<number>();
    await expect
      .poll(
        async () => {
          const { status } = await rest.put(
            `${virtualServices}/before-kill`,
            virtualService('before-kill', { weight: 7 }),
          );
          statuses.add(status);
          return status;
        },
        { timeout: 60_000, interval: 20 },
      )
      .toBe(200);
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect((await rest.get(`${virtualServices}/before-kill`)).body.spec.http[0].route[0].weight).toBe(7);
  });

  it('stops its Postgres when it ends gracefully, and its data is there the next time', async () => {
    const pid = postgresPid();
    await api?.end('SIGTERM');
    expect(commandLineOf(pid)).not.toContain('postgres');
    api = await ConfigApiProcess.start(mesh);
    expect((await api.rest.get(`${virtualServices}/before-kill`)).status).toBe(200);
  });
});

/** Empty for a process that is gone, and for one that ended and whose parent has not noticed yet. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
