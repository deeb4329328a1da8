import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TransportReader } from '@malla/http-codec';
import { waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readByEvents, readDirectly, readsDirectly } from './direct-read.ts';
import { isBorrowed } from './read-buffer.ts';
import { onTransportFault, SocketTransport } from './socket-transport.ts';

/** Remembers what it is told; copies bytes, as a reader has to. */
class Told implements TransportReader {
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  borrowed = true;

  onBytes(chunk: Buffer): void {
    this.borrowed &&= isBorrowed(chunk);
    this.chunks.push(Buffer.from(chunk));
    this.events.push('bytes');
  }

  onEnd(): void {
    this.events.push('end');
  }

  onDrain(): void {
    this.events.push('drain');
  }

  onClose(error?: Error): void {
    this.events.push(error === undefined ? 'close' : `close ${(error as NodeJS.ErrnoException).code ?? error.message}`);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }
}

it('reads without stream events on this Node.js', () => {
  expect(readsDirectly()).toBe(true);
});

describe.each([
  { name: 'directly', read: readDirectly },
  { name: 'by events', read: readByEvents },
])('a socket that is read $name', ({ read }) => {
  let server: Server;
  let client: Socket;
  let socket: Socket;
  let transport: SocketTransport;
  let told: Told;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<void>((resolve) =>
      server.once('connection', (connection) => {
        socket = connection;
        transport = new SocketTransport({ socket, tls: false, highWaterBytes: 65_536 });
        read(socket, (length) => transport.received(length));
        resolve();
      }),
    );
    client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    await accepted;
    told = new Told();
  });

  afterEach(() => {
    onTransportFault(() => undefined);
    client.destroy();
    socket.destroy();
    server.close();
  });

  const until = (what: string, condition: () => boolean): Promise<boolean> => waitFor(condition, { what });

  it('delivers bytes that nobody may keep, then the end, then the close', async () => {
    transport.start(told);
    client.end('hello');
    await until('the end', () => told.events.includes('end'));
    expect(told.text).toBe('hello');
    expect(told.borrowed).toBe(true);
    transport.write('bye');
    transport.end();
    client.resume();
    await until('the close', () => told.events.includes('close'));
    expect(told.events).toEqual(['bytes', 'end', 'close']);
    transport.write('too late');
    transport.end();
    transport.destroy();
  });

  it('keeps what comes before it is started, in order behind what was read before', async () => {
    client.end('second');
    await until('the end', () => socket.readableEnded);
    transport.start(told, Buffer.from('first '));
    expect(told.text).toBe('first second');
    expect(told.events).toEqual(['bytes', 'bytes', 'end']);
  });

  it('delivers nothing while it is paused, not even the end', async () => {
    transport.start(told);
    transport.pause();
    client.end('later');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told.events).toEqual([]);
    transport.resume();
    await until('the end', () => told.events.includes('end'));
    expect(told.text).toBe('later');
  });

  it('says when it has enough, and when it may have more', async () => {
    transport.start(told);
    client.pause();
    const chunk = Buffer.alloc(1_000_000);
    let written = 0;
    while (transport.write(chunk)) expect((written += 1)).toBeLessThan(100);
    expect(transport.bufferedBytes).toBeGreaterThan(65_536);
    client.resume();
    await until('drain', () => told.events.includes('drain'));
    expect(transport.bufferedBytes).toBe(0);
    expect(transport.write('x')).toBe(true);
  });

  it('writes bytes on that it has only borrowed, whatever is read meanwhile', async () => {
    const sent = randomBytes(6_000_000);
    const echo: TransportReader = {
      onBytes: (chunk) => {
        if (!transport.write(chunk)) transport.pause();
      },
      onEnd: () => transport.end(),
      onDrain: () => transport.resume(),
      onClose: () => undefined,
    };
    transport.start(echo);
    const got: Buffer[] = [];
    client.on('data', (chunk: Buffer) => {
      got.push(chunk);
      client.pause();
      setTimeout(() => client.resume(), got.length % 20 === 0 ? 2 : 0);
    });
    client.end(sent);
    await new Promise((resolve) => client.once('end', resolve));
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  it('writes a message of three parts, whether the peer takes it at once or not', async () => {
    const counts = { sent: 0 };
    transport.countBytes(undefined, { inc: (by = 1) => void (counts.sent += by) });
    transport.start(told);
    const got: Buffer[] = [];
    client.on('data', (chunk: Buffer) => got.push(chunk));
    client.pause();
    let sent = 'head one end';
    expect(transport.writeTogether('head ', Buffer.from('one'), ' end')).toBe(true);
    for (let room = true, i = 0; room; i++) {
      // Also a size that is copied.
      const middle = String.fromCharCode(97 + i).repeat(i === 0 ? 5_000 : 1_000_000);
      room = transport.writeTogether(`<${i}>`, Buffer.from(middle), '</>');
      sent += `<${i}>${middle}</>`;
      expect(i).toBeLessThan(100);
    }
    transport.writeTogether('the ', Buffer.from('last'), ' one');
    transport.write('!');
    sent += 'the last one!';
    expect(transport.bufferedBytes).toBeGreaterThan(65_536);
    client.resume();
    await until('drain', () => told.events.includes('drain'));
    transport.end();
    await new Promise((resolve) => client.once('end', resolve));
    expect(Buffer.concat(got).toString('latin1')).toBe(sent);
    expect(counts.sent).toBe(sent.length);
    transport.writeTogether('too', Buffer.from(' '), 'late');
    expect(counts.sent).toBe(sent.length);
  });

  it('tells of a connection that broke', async () => {
    transport.start(told);
    client.resetAndDestroy();
    await until('the close', () => told.events.length > 0);
    expect(told.events).toEqual(['close ECONNRESET']);
  });

  it('costs a reader that fails its connection and nothing else', async () => {
    const faults: unknown[] = [];
    onTransportFault((error) => faults.push(error));
    told.onBytes = () => {
      throw new TypeError('a bug');
    };
    transport.start(told);
    client.write('x');
    await until('the close', () => told.events.length > 0);
    expect(told.events).toEqual(['close a bug']);
    expect(faults).toHaveLength(1);
  });

  it('counts bytes of both directions', async () => {
    const counts = { received: 0, sent: 0 };
    transport.countBytes(
      { inc: (by = 1) => void (counts.received += by) },
      { inc: (by = 1) => void (counts.sent += by) },
    );
    transport.start(told);
    transport.write('four');
    transport.write(Buffer.from('seven b'));
    client.write('xx');
    await until('bytes', () => told.chunks.length > 0);
    expect(counts).toEqual({ received: 2, sent: 11 });
  });
});
