import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { RawBackend } from './raw-backend.ts';
import { sendRaw } from './raw-client.ts';
import { StaticProxy } from './static-proxy.ts';

const fields = (count: number): string => Array.from({ length: count }, (_, i) => `x-${i}: 1\r\n`).join('');
const get = (extra: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${extra}\r\n`;

/** S6: heads that are too large or strange. */
describe.each(proxyPrograms())('limits of heads through $name', (program) => {
  let backend: RawBackend;
  let proxy: StaticProxy;
  let strict: StaticProxy;
  beforeAll(async () => {
    backend = await RawBackend.start();
    proxy = await StaticProxy.start({ program, upstream: backend.port });
    const manager = { common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' } };
    strict = await StaticProxy.start({ program, upstream: backend.port, manager });
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await strict?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });

  it.each([
    ['as many fields as may be', fields(99), 200],
    ['101 fields', fields(101), 431],
    ['10,000 fields', fields(10_000), 431],
    ['a head below 60 KiB', `x: ${'a'.repeat(59_000)}\r\n`, 200],
    ['a head above 60 KiB', `x: ${'a'.repeat(60 * 1_024 + 1)}\r\n`, 431],
    ['a head of 4 MiB', `x: ${'a'.repeat(4 * 1_024 * 1_024)}\r\n`, 431],
    ['cookies in many fields', 'cookie: a=1\r\n'.repeat(90), 200],
  ])('%s', async (_, extra, status) => {
    const { statuses } = await sendRaw(proxy.port, [get(extra)], { quietMs: 1_000 });
    expect(statuses).toEqual([status]);
  });

  it('keeps underscores where they are allowed, and refuses them where they are not', async () => {
    backend.take();
    expect((await sendRaw(proxy.port, [get('a_b: 1\r\n')])).statuses).toEqual([200]);
    expect(backend.take()[0]?.headers['a_b']).toBe('1');
    expect((await sendRaw(strict.port, [get('a_b: 1\r\n')])).statuses).toEqual([400]);
    expect(backend.take()).toEqual([]);
  });

  it('does not grow with heads that never end', async () => {
    const before = proxy.residentMib;
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(proxy.port)));
    for (const socket of sockets) socket.write(`GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(50_000)}`);
    await sleep(1_000);
    expect(proxy.residentMib - before).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
  });
});

/** S7: clients that are slow, idle, half closed, or too many. */
describe.each(proxyPrograms())('slow and many clients of $name', (program) => {
  let backend: RawBackend;
  let proxy: StaticProxy;
  beforeAll(async () => {
    backend = await RawBackend.start();
    proxy = await StaticProxy.start({
      program,
      upstream: backend.port,
      manager: {
        request_headers_timeout: '1s',
        stream_idle_timeout: '2s',
        common_http_protocol_options: { idle_timeout: '1s' },
      },
      bootstrap: {
        overload_manager: {
          resource_monitors: [
            {
              name: 'envoy.resource_monitors.global_downstream_max_connections',
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
                max_active_downstream_connections: 100,
              },
            },
          ],
        },
      },
    });
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });

  it('ends a head that drips in (slowloris)', async () => {
    const socket = await open(proxy.port);
    const took = Date.now();
    const dripping = setInterval(() => socket.write('x'), 200);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nx: ');
    await closed(socket);
    clearInterval(dripping);
    expect(Date.now() - took).toBeLessThan(4_000);
  });

  it('ends a body that stops coming', async () => {
    const { statuses, closed: over } = await sendRaw(
      proxy.port,
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345'],
      { quietMs: 8_000 },
    );
    expect(statuses).toEqual([408]);
    expect(over).toBe(true);
  });

  it('ends a connection that nobody uses', async () => {
    const socket = await open(proxy.port);
    await closed(socket);
  });

  it('answers a client that has ended its side', async () => {
    const socket = await open(proxy.port);
    const answer: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answer.push(chunk));
    socket.end(get(''));
    await closed(socket);
    // Envoy takes the end of a client for its wish to have no answer; either is fine, a hanging connection is not.
    const text = Buffer.concat(answer).toString();
    expect(text === '' || text.startsWith('HTTP/1.1 200')).toBe(true);
  });

  it('takes no more connections than it may, and takes them again later', async () => {
    const sockets = await Promise.all(Array.from({ length: 140 }, () => open(proxy.port)));
    await waitFor(() => sockets.filter((socket) => socket.destroyed || socket.readableEnded).length >= 40, {
      what: 'refused connections',
      timeoutMs: 3_000,
    });
    for (const socket of sockets) socket.destroy();
    await waitFor(async () => (await sendRaw(proxy.port, [get('')])).statuses[0] === 200, { what: 'an answer again' });
  });
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  await waitFor(() => socket.destroyed || socket.readableEnded, { what: 'the end of a connection', timeoutMs: 8_000 });
}
