import { findRedisServer, startRedis, type RedisServer } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigWakeUps } from './config-wake-ups.ts';
import { openRedis } from './connection.ts';
import { redisKeys } from './keys.ts';

const program = findRedisServer();
if (program === undefined) console.warn('There is no Redis server: the spec of wake-ups is skipped');

describe.skipIf(program === undefined)('ConfigWakeUps', () => {
  let server: RedisServer;
  const closers: (() => void)[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const close of closers) close();
    await server[Symbol.asyncDispose]();
  });

  function open(mesh: string): { wakeUps: ConfigWakeUps; seen: number[] } {
    const redis = openRedis({ url: server.url, name: 'spec' });
    const blockingRedis = openRedis({ url: server.url, name: 'spec-blocking', blocking: true });
    const wakeUps = new ConfigWakeUps({ redis, blockingRedis, keys: redisKeys(mesh) });
    const seen: number[] = [];
    wakeUps.subscribe((revision) => seen.push(revision));
    closers.push(() => {
      wakeUps.close();
      redis.disconnect();
      blockingRedis.disconnect();
    });
    return { wakeUps, seen };
  }

  it('wakes the replicas of its mesh, and merges what comes at once', async () => {
    const [one, two, other] = [open('a'), open('a'), open('b')];
    await expect
      .poll(() => {
        one.wakeUps.publish(1);
        return two.seen.length;
      })
      .toBeGreaterThan(0);
    two.seen.length = 0;
    for (let revision = 2; revision <= 200; revision++) one.wakeUps.publish(revision);
    await expect.poll(() => two.seen.at(-1)).toBe(200);
    expect(two.seen.length).toBeLessThan(20);
    expect(other.seen).toEqual([]);
  });

  it('never throws while Redis is away', () => {
    const redis = openRedis({ url: 'redis://127.0.0.1:1', name: 'nobody' });
    const blockingRedis = openRedis({ url: 'redis://127.0.0.1:1', name: 'nobody', blocking: true });
    const wakeUps = new ConfigWakeUps({ redis, blockingRedis, keys: redisKeys('x') });
    expect(() => wakeUps.publish(1)).not.toThrow();
    wakeUps.close();
    redis.disconnect();
    blockingRedis.disconnect();
  });
});
