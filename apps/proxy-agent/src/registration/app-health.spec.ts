import { EchoServer, freePort } from '@malla/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { probeOf, watchAppHealth } from './app-health.ts';

let server: EchoServer | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

describe('probeOf', () => {
  it('takes any good status for well', async () => {
    server = await new EchoServer({ version: 'v1' }).start();
    const probe = probeOf(`http://127.0.0.1:${server.port}/healthz`);
    expect(await probe(1_000)).toBeUndefined();
    server.behave({ status: 500 });
    expect(await probe(1_000)).toBe('answered 500');
    server.behave({ delayMs: 500 });
    expect(await probe(50)).toBe('no answer within 50 ms');
  });

  it('takes an accepted connection for well', async () => {
    server = await new EchoServer({ version: 'v1' }).start();
    expect(await probeOf(`tcp://127.0.0.1:${server.port}`)(1_000)).toBeUndefined();
    expect(await probeOf(`tcp://127.0.0.1:${await freePort()}`)(1_000)).toContain('ECONNREFUSED');
  });
});

describe('watchAppHealth', () => {
  it('tells the first result and each change, a failure only when it lasts', async () => {
    const results = ['no', undefined, 'no', undefined, 'no', 'no', 'no', undefined];
    const seen: (string | undefined)[] = [];
    const stop = new AbortController();
    await watchAppHealth(
      {
        probe: async () => results.shift(),
        intervalMs: 1,
        failures: 2,
        onChange: (reason) => seen.push(reason),
        sleep: async () => void (results.length === 0 && stop.abort()),
      },
      stop.signal,
    );
    expect(seen).toEqual(['no', undefined, 'no', undefined]);
  });
});
