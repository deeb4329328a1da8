import { startRedis, waitFor, type RedisServer } from '@malla/testkit';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRedis } from './connection.ts';
import { DeliveryMap, deliveryStaleAfterMs, type DeliveryState } from './delivery-map.ts';
import { redisKeys } from './keys.ts';
import { WorkloadLeases } from './workload-leases.ts';

const keys = redisKeys('test');

describe('the registry in a real Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let leases: WorkloadLeases;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    redis = openRedis({ url: server.url, name: 'spec' });
    await waitFor(() => redis.status === 'ready', { what: 'a connection to Redis' });
    await redis.flushall();
    leases = new WorkloadLeases(redis, keys);
  });
  afterEach(() => redis.disconnect());

  it('tells a new workload and a changed one, and no mere renewal', async () => {
    const { position } = await leases.list();
    expect(await leases.register('shop/cart', '{"v":1}', 10_000)).toBe(true);
    expect(await leases.register('shop/cart', '{"v":1}', 10_000)).toBe(false);
    expect(await leases.register('shop/cart', '{"v":2}', 10_000)).toBe(true);
    const { changes, position: next } = await leases.changes(position, 10);
    expect(changes).toEqual([
      { id: 'shop/cart', json: '{"v":1}' },
      { id: 'shop/cart', json: '{"v":2}' },
    ]);
    expect((await leases.changes(next, 10)).changes).toEqual([]);
    expect((await leases.list()).workloads).toEqual(new Map([['shop/cart', '{"v":2}']]));
  });

  it('ends a lease that runs out, once, whoever asks', async () => {
    await leases.register('shop/cart', '{}', 1);
    await leases.register('shop/pay', '{}', 60_000);
    const { position } = await leases.list();
    await waitFor(async () => (await redis.zcount(keys.workloadLeases, '-inf', Date.now())) === 1, {
      what: 'the end of the lease',
    });
    const expired = await Promise.all([leases.expire(100), leases.expire(100), leases.expire(100)]);
    expect(expired.flat()).toEqual(['shop/cart']);
    expect((await leases.changes(position, 10)).changes).toEqual([{ id: 'shop/cart' }]);
    expect([...(await leases.list()).workloads.keys()]).toEqual(['shop/pay']);
  });

  it('removes at once', async () => {
    await leases.register('shop/cart', '{}', 60_000);
    expect(await leases.remove('shop/cart')).toBe(true);
    expect(await leases.remove('shop/cart')).toBe(false);
    expect((await leases.list()).workloads.size).toBe(0);
  });

  it('keeps meshes apart', async () => {
    await leases.register('shop/cart', '{}', 60_000);
    const other = new WorkloadLeases(redis, redisKeys('other'));
    expect((await other.list()).workloads.size).toBe(0);
  });

  describe('DeliveryMap', () => {
    const state = (id: string): DeliveryState => ({
      id,
      namespace: 'shop',
      type: 'sidecar',
      cluster: '',
      version: '0.1.0',
      dataPlane: 'envoy',
      connectedSince: '2026-01-01T00:00:00.000Z',
      discovery: 'discovery-0',
      revision: '7',
      types: {},
    });

    it('lists what is fresh, by id, and forgets what nobody refreshes', async () => {
      let now = 1_000_000;
      const map = new DeliveryMap(redis, keys, () => now);
      await map.put([state('b'), state('a')]);
      expect((await map.list()).map(({ id }) => id)).toEqual(['a', 'b']);
      now += deliveryStaleAfterMs - 1;
      await map.put([state('a')]);
      now += 2;
      expect((await map.list()).map(({ id }) => id)).toEqual(['a']);
      await map.sweep();
      expect(await redis.hkeys(keys.deliveries)).toEqual(['a']);
      await map.remove(['a']);
      expect(await map.list()).toEqual([]);
    });
  });
});
