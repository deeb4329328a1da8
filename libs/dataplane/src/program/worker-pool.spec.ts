import { waitFor } from '@malla/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { WorkerUpdate } from '../runtime/update.ts';
import { WorkerPool } from './worker-pool.ts';

const update = {
  sequence: 1,
  secrets: [],
  clusters: [{ name: 'a' }],
  endpoints: [],
  routes: [],
  listeners: [],
  removed: { secrets: [], clusters: [], endpoints: [], routes: [], listeners: [] },
} as unknown as WorkerUpdate;

describe('WorkerPool', () => {
  const logged: string[] = [];
  let hopeless = false;
  let pool: WorkerPool | undefined;

  async function start(concurrency: number): Promise<WorkerPool> {
    logged.length = 0;
    hopeless = false;
    pool = new WorkerPool({
      start: {
        concurrency,
        logLevel: 'info',
        statsPrefixes: [],
        shared: new SharedArrayBuffer(16),
        heartbeats: new SharedArrayBuffer(8),
        maxConnections: 0,
        drainMs: 0,
        nodeCluster: '',
        nodeId: '',
        nodeZone: '',
        ticketSeed: new Uint8Array(32),
      },
      entry: new URL('./testing/crashing-thread.ts', import.meta.url),
      fullUpdate: () => update,
      handler: {
        onLog: (_level, text) => logged.push(text),
        onLines: () => undefined,
        onEntries: () => undefined,
        onHopeless: () => {
          hopeless = true;
        },
      },
    });
    await pool.start();
    return pool;
  }

  afterEach(() => pool?.close());

  const clustersOf = async (of: WorkerPool) =>
    (await of.hosts()).map((clusters) => clusters.map(({ name }) => name).join());

  it('applies an update in every worker', async () => {
    const workers = await start(2);
    expect(await workers.apply(update)).toEqual({ sequence: 1, failures: [] });
    expect(await clustersOf(workers)).toEqual(['a', 'a']);
  });

  it('replaces a worker that has ended by one with the whole configuration', async () => {
    const workers = await start(1);
    workers.broadcast({ kind: 'drain', inboundOnly: false, stop: false });
    await waitFor(() => logged.length > 0, { what: 'the crash' });
    expect(logged[0]).toContain('told to crash');
    await waitFor(async () => (await clustersOf(workers))[0] === 'a', { what: 'the new worker' });
    expect(hopeless).toBe(false);
  });

  it('ends a worker that hangs, and replaces it', async () => {
    const workers = await start(1);
    workers.broadcast({ kind: 'log-level', level: 'off' });
    workers.kill(0, 'it does not answer');
    await waitFor(() => logged.length > 0, { what: 'the end' });
    expect(logged[0]).toContain('it does not answer');
    await waitFor(async () => (await clustersOf(workers))[0] === 'a', { what: 'the new worker' });
  });

  it('gives a new worker the whole configuration before any update', async () => {
    const workers = await start(1);
    workers.broadcast({ kind: 'drain', inboundOnly: false, stop: false });
    await waitFor(() => logged.length > 0, { what: 'the crash' });
    // Comes while the new worker starts.
    await workers.apply({ ...update, clusters: [{ name: 'b' }] } as unknown as WorkerUpdate);
    expect(await clustersOf(workers)).toEqual(['a,b']);
  });

  it('gives up when workers end again and again', async () => {
    const workers = await start(1);
    for (let crashes = 1; crashes <= 6; crashes++) {
      workers.broadcast({ kind: 'drain', inboundOnly: false, stop: false });
      await waitFor(() => logged.length === crashes, { what: `crash ${crashes}` });
    }
    expect(hopeless).toBe(true);
  });
});
