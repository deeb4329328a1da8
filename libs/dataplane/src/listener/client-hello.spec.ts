import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxHelloBytes, readClientHello } from './client-hello.ts';

describe('a ClientHello', () => {
  let hello: Buffer;

  beforeAll(async () => {
    hello = await captured({ servername: 'Shop.Example.test', ALPNProtocols: ['h2', 'http/1.1'] });
  });

  it('tells server name and protocols', () => {
    expect(readClientHello(hello)).toEqual({
      kind: 'hello',
      hello: { serverName: 'shop.example.test', applicationProtocols: ['h2', 'http/1.1'] },
    });
  });

  it('need not have them', async () => {
    expect(readClientHello(await captured({}))).toEqual({
      kind: 'hello',
      hello: { serverName: '', applicationProtocols: [] },
    });
  });

  it('may come in pieces, and in several records', () => {
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length)).kind).toBe('more');
    }
    const message = hello.subarray(5);
    const records = [message.subarray(0, 1), message.subarray(1, 90), message.subarray(90)].map((part) =>
      Buffer.concat([Buffer.of(22, 3, 1, part.length >> 8, part.length & 0xff), part]),
    );
    expect(readClientHello(Buffer.concat(records))).toEqual(readClientHello(hello));
  });

  it('may be followed by other bytes', () => {
    expect(readClientHello(Buffer.concat([hello, Buffer.from('rest')]))).toEqual(readClientHello(hello));
  });

  it('is no plain text, and known as such by the first byte that cannot be', () => {
    for (const text of ['GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0', 'S', '\x16\x04', '\x16\x03\x01\x00\x05\x02']) {
      expect(readClientHello(Buffer.from(text, 'latin1')).kind).toBe('not-tls');
    }
  });

  it('is not waited for without end', () => {
    const huge = Buffer.alloc(maxHelloBytes);
    Buffer.of(22, 3, 1, 0x3f, 0xff, 1, 0, 0x7f, 0xff).copy(huge);
    expect(readClientHello(huge).kind).toBe('too-big');
  });

  it('is read without an exception, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat(600), (changes, cut) => {
        const changed = Buffer.from(hello.subarray(0, Math.max(1, hello.length - cut)));
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        expect(['hello', 'more', 'not-tls', 'too-big']).toContain(readClientHello(changed).kind);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** What a TLS client sends first. */
async function captured(options: object): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const first = new Promise<Buffer>((resolve) =>
    server.once('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk);
        socket.destroy();
      });
    }),
  );
  const client = connect({ port, host: '127.0.0.1', ...options });
  client.on('error', () => undefined);
  const bytes = await first;
  server.close();
  return bytes;
}
