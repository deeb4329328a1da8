import { createServer, type Http2Server } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { RawH2Client } from './h2-client.ts';
import { flags, frame, frameTypes, get, headerBlock, rstStream, uint32 } from './h2-frames.ts';
import { StaticProxy } from './static-proxy.ts';

const { data, headers, ping, priority, settings, windowUpdate, continuation } = frameTypes;
const mebibyte = 1_024 * 1_024;

/** Sends until the proxy ends the connection, or the attack is over. */
async function flood(client: RawH2Client, count: number, make: (i: number) => Buffer): Promise<void> {
  for (let i = 0; i < count && !client.closed; i += 100) {
    client.send(...Array.from({ length: 100 }, (_, j) => make(i + j)));
    await client.drained();
  }
}

/** S5: the connection of an attacker is ended, memory stays bounded, and others go on. */
describe.each(proxyPrograms())('HTTP/2 attacks on $name', (program) => {
  let app: Http2Server;
  let proxy: StaticProxy;
  beforeAll(async () => {
    app = createServer();
    app.on('stream', (stream, fields) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      stream.end(fields[':path'] === '/large' ? Buffer.alloc(8 * mebibyte) : 'ok');
    });
    app.on('session', (session) => session.on('error', () => undefined));
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    proxy = await StaticProxy.start({ program, upstream: (app.address() as AddressInfo).port, upstreamHttp2: true });
    expect(await statusOfGet()).toBe(200);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    app?.close();
  });

  /** What somebody else gets. */
  async function statusOfGet(): Promise<number> {
    using client = new RawH2Client(proxy.port);
    client.send(get(1));
    await waitFor(() => client.frames.some(({ type, stream }) => type === headers && stream === 1), {
      what: 'an answer to another client',
      timeoutMs: 5_000,
    });
    return 200;
  }

  async function attack(run: (client: RawH2Client) => Promise<void>, mostGrowthMib = 64): Promise<RawH2Client> {
    const before = proxy.residentMib;
    using client = new RawH2Client(proxy.port);
    const attacking = run(client);
    while (
      !client.closed &&
      (await Promise.race([attacking.then(() => true), sleep(100).then(() => false)])) !== true
    ) {
      expect(await statusOfGet()).toBe(200);
    }
    await attacking;
    await sleep(50);
    expect(proxy.running).toBe(true);
    expect(await statusOfGet()).toBe(200);
    expect(proxy.residentMib - before).toBeLessThan(mostGrowthMib);
    return client;
  }

  async function expectClosed(client: RawH2Client): Promise<void> {
    await waitFor(() => client.closed || client.goaway !== undefined, {
      what: 'the end of the attacker',
      timeoutMs: 10_000,
    });
  }

  it('rapid reset (CVE-2023-44487)', async () => {
    await attack(async (client) => {
      await flood(client, 50_000, (i) => Buffer.concat([get(2 * i + 1), rstStream(2 * i + 1)]));
      await expectClosed(client);
    });
  });

  it('CONTINUATION without an end (CVE-2024-27316)', async () => {
    await attack(async (client) => {
      client.send(frame(headers, 0, 1, headerBlock([[':method', 'GET']])));
      const more = headerBlock([['x-more', 'y'.repeat(1_000)]]);
      await flood(client, 5_000, () => frame(continuation, 0, 1, more));
      await expectClosed(client);
    });
  });

  it('empty CONTINUATION frames', async () => {
    await attack(async (client) => {
      client.send(frame(headers, 0, 1, headerBlock([[':method', 'GET']])));
      await flood(client, 50_000, () => frame(continuation, 0, 1));
      await expectClosed(client);
    });
  });

  it('PING flood of a client that does not read', async () => {
    await attack(async (client) => {
      client.stopReading();
      await Promise.race([flood(client, 200_000, () => frame(ping, 0, 0, Buffer.alloc(8))), sleep(8_000)]);
    });
  });

  it('SETTINGS flood of a client that does not read', async () => {
    await attack(async (client) => {
      client.stopReading();
      await Promise.race([flood(client, 200_000, () => frame(settings, 0, 0)), sleep(8_000)]);
    });
  });

  it('PRIORITY flood', async () => {
    await attack(async (client) => {
      await flood(client, 50_000, () => frame(priority, 0, 1, Buffer.concat([uint32(0), Buffer.of(1)])));
      await expectClosed(client);
    });
  });

  it('WINDOW_UPDATE flood', async () => {
    await attack(async (client) => {
      await flood(client, 50_000, () => frame(windowUpdate, 0, 0, uint32(1)));
      await expectClosed(client);
    });
  });

  it('empty DATA frames', async () => {
    await attack(async (client) => {
      const block = headerBlock([
        [':method', 'POST'],
        [':scheme', 'http'],
        [':authority', 'a'],
        [':path', '/'],
      ]);
      client.send(frame(headers, flags.endHeaders, 1, block));
      await flood(client, 50_000, () => frame(data, 0, 1));
      await expectClosed(client);
    });
  });

  it('HPACK bomb: one large entry, referred to again and again', async () => {
    await attack(async (client) => {
      const name = Buffer.concat([Buffer.of(0x40), Buffer.of(1), Buffer.from('x')]);
      const value = Buffer.concat([Buffer.from([0x7f, 0x81, 0x1e]), Buffer.alloc(4_000 - 32, 0x61)]);
      const start = headerBlock([
        [':method', 'GET'],
        [':scheme', 'http'],
        [':authority', 'a'],
        [':path', '/'],
      ]);
      for (let i = 0; i < 200 && !client.closed; i++) {
        const entry = i === 0 ? Buffer.concat([name, value]) : Buffer.alloc(0);
        const block = Buffer.concat([start, entry, Buffer.alloc(16_000, 0xbe)]);
        client.send(frame(headers, flags.endHeaders | flags.endStream, 2 * i + 1, block));
        await client.drained();
      }
    });
  });

  it('zero windows: large answers that are never taken', async () => {
    await attack(async (client) => {
      client.send(frame(settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(0)])));
      for (let i = 0; i < 50; i++) client.send(get(2 * i + 1, '/large'));
      await sleep(2_000);
    }, 128);
  });

  it('more streams than may be open', async () => {
    await attack(async (client) => {
      client.send(frame(settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(0)])));
      await flood(client, 3_000, (i) => get(2 * i + 1, '/large'));
      await sleep(500);
    }, 128);
  });
});
