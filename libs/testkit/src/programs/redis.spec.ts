import { describe, expect, it } from 'vitest';
import { findRedisServer } from './find-program.ts';
import { startRedis } from './redis.ts';

describe.skipIf(findRedisServer() === undefined)('startRedis', () => {
  it('starts, dies and comes back on the same port', async () => {
    await using server = await startRedis();
    const { port } = server;
    await server.kill();
    await server.start();
    expect(server.url).toBe(`redis://127.0.0.1:${port}`);
  });
});
