import { findRedisServer, startRedis, waitFor, type RedisServer } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecurringJobs } from './recurring-jobs.ts';

const program = findRedisServer();
if (program === undefined) console.warn('There is no Redis server: the spec of recurring jobs is skipped');

describe.skipIf(program === undefined)('RecurringJobs of two replicas', () => {
  let server: RedisServer;
  const replicas: RecurringJobs[] = [];
  const runs: string[] = [];
  let startedAt = 0;
  const failures: string[] = [];

  function open(replica: string): RecurringJobs {
    return new RecurringJobs({
      redisUrl: server.url,
      prefix: 'malla:{spec}:jobs',
      queue: 'spec',
      jobs: [
        {
          name: 'tick',
          everyMs: 200,
          run() {
            runs.push(replica);
            return runs.length === 3 ? Promise.reject(new Error('the third fails')) : Promise.resolve();
          },
        },
      ],
      onRun: (_name, _ms, error) => error !== undefined && failures.push(error.message),
    });
  }

  beforeAll(async () => {
    server = await startRedis();
    replicas.push(open('a'), open('b'));
    startedAt = performance.now();
    for (const replica of replicas) replica.start();
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await server[Symbol.asyncDispose]();
  });

  it('runs a job once for each interval, also after a run that failed', async () => {
    await waitFor(() => runs.length >= 6, { what: 'six runs' });
    expect(runs.length).toBeLessThanOrEqual((performance.now() - startedAt) / 200 + 2);
    expect(failures).toEqual(['the third fails']);
  });

  it('goes on when Redis came back empty', async () => {
    await server.kill();
    await server.start();
    const before = runs.length;
    await waitFor(() => runs.length >= before + 2, { what: 'runs after the restart', timeoutMs: 60_000 });
  });
});
