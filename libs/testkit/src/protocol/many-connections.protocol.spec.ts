import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { RawBackend } from './raw-backend.ts';
import { StaticProxy } from './static-proxy.ts';

/** S7 asks for 10,001; fewer where this process may not open so many files, which is printed. */
const wanted = 10_000;
const limit = Math.min(wanted, maxOpenFiles() - 1_000);
const beyond = 1;

/** An idle connection may cost this much, in KiB. */
const mostPerConnectionKib = 32;

describe.each(proxyPrograms())(`${limit + beyond} connections to $name, which may have ${limit}`, (program) => {
  let backend: RawBackend;
  let proxy: StaticProxy;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    backend = await RawBackend.start();
    const type =
      'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig';
    const monitor = {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typed_config: { '@type': type, max_active_downstream_connections: limit },
    };
    const bootstrap = { overload_manager: { resource_monitors: [monitor] } };
    proxy = await StaticProxy.start({ program, upstream: backend.port, bootstrap });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await proxy?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });

  it('serves those that it may have, refuses the others, and its memory is bounded', async () => {
    if (limit < wanted) process.stdout.write(`only ${limit} connections: this process may not open more files\n`);
    const before = proxy.residentMib;
    while (sockets.length < limit) {
      const some = Math.min(200, limit - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => open(proxy.port)))));
    }
    // Taken, not only waiting in the queue of the listener.
    await waitFor(async () => (await answer(sockets.at(-1) as Socket)).startsWith('HTTP/1.1 200'), {
      what: 'an answer on the last connection',
    });
    const extra = await Promise.all(Array.from({ length: beyond }, () => open(proxy.port)));
    await waitFor(() => extra.every((socket) => socket.destroyed || socket.readableEnded), {
      what: 'the end of those beyond the limit',
    });
    const grown = proxy.residentMib - before;
    process.stdout.write(`${program.name}: ${limit} connections grow memory by ${grown.toFixed(0)} MiB\n`);
    expect(sockets.filter((socket) => socket.destroyed || socket.readableEnded)).toEqual([]);
    expect(grown * 1_024).toBeLessThan(limit * mostPerConnectionKib);
    expect(await answer(sockets[0] as Socket)).toMatch(/^HTTP\/1\.1 200/);
    sockets.pop()?.destroy();
    await waitFor(async () => (await answer(await open(proxy.port))).startsWith('HTTP/1.1 200'), {
      what: 'a place again',
    });
  });
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

/** What comes for a GET; empty when the connection ends instead. */
function answer(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
    socket.once('close', () => resolve(''));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  });
}

function maxOpenFiles(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1_024);
}
