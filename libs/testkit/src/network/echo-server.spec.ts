import { afterEach, describe, expect, it } from 'vitest';
import { EchoServer, type SeenRequest } from './echo-server.ts';

let server: EchoServer;
afterEach(() => server[Symbol.asyncDispose]());

describe('EchoServer', () => {
  it('answers with what it saw', async () => {
    server = await new EchoServer({ version: 'v1' }).start();
    const response = await fetch(`http://127.0.0.1:${server.port}/a?b=c`, { headers: { 'x-one': '1' } });
    const seen = (await response.json()) as SeenRequest;
    expect(seen).toMatchObject({
      version: 'v1',
      method: 'GET',
      path: '/a?b=c',
      host: `127.0.0.1:${server.port}`,
      connection: 1,
      protocol: '1.1',
    });
    expect(seen.headers['x-one']).toBe('1');
    expect(server.seen).toEqual([seen]);
  });

  it('fails as often as told, then answers', async () => {
    server = await new EchoServer({ version: 'v1' }).start();
    server.behave({ fails: 2, failure: 502, headers: { 'x-kind': 'test' } });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await fetch(`http://127.0.0.1:${server.port}/`)).status);
    expect(statuses).toEqual([502, 502, 200]);
  });

  it('closes the connection', async () => {
    server = await new EchoServer({ version: 'v1' }).start();
    server.behave({ fails: true, failure: 'reset' });
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
  });
});
