import { setTimeout as sleep } from 'node:timers/promises';
import { findRedisServer, startRedis, waitFor, type RedisServer } from '@malla/testkit';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRedis } from './connection.ts';
import { redisKeys, type QuotaName } from './keys.ts';
import { Quotas } from './quotas.ts';

const program = findRedisServer();
if (program === undefined) console.warn('There is no Redis server: the spec of quotas is skipped');

describe.skipIf(program === undefined)('Quotas in a real Redis', () => {
  let server: RedisServer;
  const connections: Redis[] = [];
  let quotas: Quotas;

  async function open(): Promise<Quotas> {
    const redis = openRedis({ url: server.url, name: 'spec', pipelining: true });
    connections.push(redis);
    await waitFor(() => redis.status === 'ready', { what: 'a connection to Redis' });
    return new Quotas(redis);
  }
  beforeAll(async () => {
    server = await startRedis();
    quotas = await open();
  });
  afterAll(async () => {
    for (const redis of connections) redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  let serial = 0;
  const keys = redisKeys('spec');
  const name = (changes: Partial<QuotaName> = {}): QuotaName => ({
    policy: `shop/limit-${serial}`,
    rule: 'all',
    windowMs: 86_400_000,
    values: [],
    ...changes,
  });
  const request = (limit: number, hits: number, changes: Partial<QuotaName> = {}) => {
    const quota = name(changes);
    return { key: keys.quota(quota), limit, windowMs: quota.windowMs, hits };
  };

  it('gives what remains, and refuses without taking when hits do not fit', async () => {
    serial++;
    expect(await quotas.take([request(10, 7)])).toMatchObject([{ fits: true, remaining: 3 }]);
    expect(await quotas.take([request(10, 4)])).toMatchObject([{ fits: false, remaining: 3 }]);
    expect(await quotas.take([request(10, 3)])).toMatchObject([{ fits: true, remaining: 0 }]);
    expect(await quotas.take([request(10, 0)])).toMatchObject([{ fits: false, remaining: 0 }]);
  });

  it('takes from all quotas of a call or from none', async () => {
    serial++;
    const both = () => [request(100, 1), request(2, 1, { values: [['user', 'a']] })];
    for (let i = 0; i < 5; i++) await quotas.take(both());
    expect(await quotas.take([request(100, 0)])).toMatchObject([{ remaining: 98 }]);
    expect(await quotas.take(both())).toMatchObject([{ fits: true }, { fits: false }]);
  });

  it('never has more hits than the limit in any window, and gives all of them back', async () => {
    serial++;
    const limit = 40;
    const taken: { from: number; to: number }[] = [];
    const caller = async (own: Quotas): Promise<void> => {
      while (taken.length < 2.2 * limit) {
        const from = performance.now();
        const [state] = await own.take([request(limit, 1, { windowMs: 1_000 })]);
        if (state?.fits === true) taken.push({ from, to: performance.now() });
        else await sleep(Math.min(state?.resetMs ?? 1, 20));
      }
    };
    await Promise.all([quotas, await open(), await open()].map(caller));
    // A hit was taken between `from` and `to`; those that certainly lie inside one second count.
    const most = Math.max(
      ...taken.map(({ from }) => taken.filter((o) => o.from >= from && o.to <= from + 1_000).length),
    );
    expect(most).toBeLessThanOrEqual(limit);
  });

  it('says when hits come back', async () => {
    serial++;
    const day = () => request(1, 1);
    await quotas.take([day()]);
    const [refused] = await quotas.take([day()]);
    expect(refused?.fits).toBe(false);
    expect(refused?.resetMs).toBeGreaterThan(86_000_000);
    expect(refused?.resetMs).toBeLessThanOrEqual(86_400_000 * 1.01);
    const second = async () => (await quotas.take([request(1, 1, { windowMs: 1_000 })]))[0];
    const startedAt = performance.now();
    await second();
    await waitFor(async () => (await second())?.fits, { what: 'the hit to come back' });
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  });

  it('goes on when the server forgot the script, and leaves no key for ever', async () => {
    serial++;
    const [redis] = connections as [Redis];
    await quotas.take([request(10, 1)]);
    await redis.script('FLUSH');
    expect(await quotas.take([request(10, 1), request(10, 1, { rule: 'b' })])).toMatchObject([
      { fits: true, remaining: 8 },
      { fits: true, remaining: 9 },
    ]);
    for (const key of await redis.keys('*quota*')) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it('keeps values apart and out of the keys', () => {
    const one = keys.quota(name({ values: [['header:authorization', 'Bearer secret']] }));
    expect(one).not.toContain('secret');
    expect(one.length).toBeLessThan(120);
    expect(one).not.toBe(
      keys.quota(
        name({
          values: [
            ['header:authorization', 'Bearer'],
            ['', 'secret'],
          ],
        }),
      ),
    );
  });

  it('rejects at once while Redis is away', async () => {
    const redis = openRedis({ url: 'redis://127.0.0.1:1', name: 'nobody', pipelining: true });
    await expect(new Quotas(redis).take([request(1, 1)])).rejects.toThrow();
    redis.disconnect();
  });
});
