import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { Recorder, requestHead, TestClient } from '../../test/http1/fixtures.ts';
import type { RequestHead } from '../exchange.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const upload = (fields: HeaderList = new HeaderList()): RequestHead => requestHead({ method: 'POST', headers: fields });

/** The response as it is read, after a request without a body. */
function respond(input: string, overrides: Partial<RequestHead> = {}): { client: TestClient; received: Recorder } {
  const client = new TestClient({ enableTrailers: true });
  const received = client.get(overrides);
  client.transport.receive(input);
  return { client, received };
}

describe('a client sends', () => {
  it.each<[string, Partial<RequestHead>, string]>([
    [
      'GET',
      { path: '/a?b', headers: HeaderList.of(['x', 'y'], ['te', 'trailers']) },
      'GET /a?b HTTP/1.1\r\nhost: a.test\r\nx: y\r\nte: trailers\r\n\r\n',
    ],
    ['DELETE', { method: 'DELETE' }, 'DELETE / HTTP/1.1\r\nhost: a.test\r\n\r\n'],
    ['POST without a body', { method: 'POST' }, 'POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n'],
    ['no host', { authority: '' }, 'GET / HTTP/1.1\r\nhost: \r\n\r\n'],
    [
      'no fields of the hop',
      { headers: HeaderList.of(['connection', 'x'], ['host', 'b'], ['keep-alive', '1']) },
      'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n',
    ],
    ['CONNECT', { method: 'CONNECT', path: '', authority: 'b:1' }, 'CONNECT b:1 HTTP/1.1\r\nhost: b:1\r\n\r\n'],
    [
      'an upgrade',
      { upgrade: 'websocket' },
      'GET / HTTP/1.1\r\nhost: a.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
  ])('%s', (_name, overrides, text) => {
    const client = new TestClient();
    client.get(overrides);
    expect(client.transport.take()).toBe(text);
  });

  it('head and body in one write', () => {
    const client = new TestClient();
    const exchange = client.connection.open(new Recorder());
    exchange.sendHead(upload(HeaderList.of(['content-length', '3'])), false);
    exchange.sendData(Buffer.from('abc'), true);
    expect(client.transport.take()).toBe('POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 3\r\n\r\nabc');
    expect(client.transport.writes).toBe(1);
  });

  it('chunks when the length is not known', () => {
    const client = new TestClient();
    const exchange = client.connection.open(new Recorder());
    exchange.sendHead(upload(), false);
    exchange.sendData(Buffer.from('abc'), false);
    exchange.sendData(Buffer.from('de'), true);
    expect(client.transport.take()).toMatch(/\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n$/);
    expect(client.transport.writes).toBe(1);
  });

  it.each<[string, Partial<RequestHead>]>([
    ['a line end in the path', { path: '/\r\nX: y' }],
    ['a blank in the path', { path: '/ HTTP/1.1' }],
    ['a character that would become a line end', { path: '/\u010a' }],
    ['an empty path', { path: '' }],
    ['a line end in the method', { method: 'GET\r\n' }],
    ['a line end in the authority', { authority: 'a\r\nX: y' }],
    ['a line end in the upgrade', { upgrade: 'a\r\nX: y' }],
    ['two lengths', { headers: HeaderList.of(['content-length', '0'], ['content-length', '0']) }],
    ['a length without a body', { headers: HeaderList.of(['content-length', '3']) }],
    ['a length that is none', { headers: HeaderList.of(['content-length', '0x0']) }],
  ])('nothing with %s', (_name, overrides) => {
    const client = new TestClient();
    const exchange = client.connection.open(new Recorder());
    expect(() => exchange.sendHead(requestHead(overrides), true)).toThrow(TypeError);
    expect(client.transport.take()).toBe('');
  });

  it('no body of another length', () => {
    const client = new TestClient();
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(upload(HeaderList.of(['content-length', '3'])), false);
    exchange.sendData(Buffer.from('abcd'), false);
    expect(received.reset).toBe('protocol-error');
    expect(client.transport.destroyed).toBe(true);
  });

  it('nothing into a tunnel that the server has not agreed to', () => {
    const client = new TestClient({ maxEarlyBytes: 10 });
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(requestHead({ upgrade: 'websocket' }), false);
    client.transport.take();
    expect(exchange.sendData(Buffer.from('GET /x'), false)).toBe(false);
    client.transport.receive(`${OK}Content-Length: 0\r\n\r\n`);
    expect(client.transport.take()).toBe('');
    expect(client.connection.capacity).toBe(1);

    client.connection.open(received).sendHead(requestHead({ upgrade: 'websocket' }), false);
    const second = client.connection;
    expect(second.activeExchanges).toBe(1);
  });

  it('only so much that waits for a tunnel', () => {
    const client = new TestClient({ maxEarlyBytes: 10 });
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(requestHead({ upgrade: 'websocket' }), false);
    exchange.sendData(Buffer.alloc(11), false);
    expect(received.reset).toBe('overflow');
  });
});

describe('a client reads', () => {
  it.each([
    ['a length', `${OK}Content-Length: 2\r\n\r\nok`, 'ok'],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;a\r\nk\r\n0\r\n\r\n`, 'ok'],
    ['nothing', `${OK}Content-Length: 0\r\n\r\n`, ''],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', ''],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n', ''],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', ''],
    ['HTTP/1.0 with keep-alive', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ])('%s, and is used again', (_name, input, body) => {
    const { client, received } = respond(input);
    expect(received).toMatchObject({ body, ended: true, reset: undefined });
    expect(client.available).toBe(1);
    expect(client.connection).toMatchObject({ capacity: 1, activeExchanges: 0 });
  });

  it.each([
    ['connection: close', `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['more than it asked for', `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`],
  ])('%s, and is not used again', (_name, input) => {
    const { client, received } = respond(input);
    expect(received).toMatchObject({ body: 'ok', ended: true, reset: undefined });
    expect(client.available).toBe(0);
    expect(client.connection.capacity).toBe(0);
    expect(client.transport.destroyed).toBe(true);
    expect(() => client.connection.open(received)).toThrow();
  });

  it('no body after HEAD', () => {
    const { client, received } = respond(`${OK}Content-Length: 2000\r\n\r\n`, { method: 'HEAD' });
    expect(received.ended).toBe(true);
    expect(client.available).toBe(1);
    expect(respond(`${OK}Transfer-Encoding: chunked\r\n\r\n`, { method: 'HEAD' }).client.available).toBe(1);
  });

  it('a body up to the end of the connection', () => {
    const { client, received } = respond(`${OK}\r\nabc`);
    client.transport.receive('def');
    expect(received).toMatchObject({ body: 'abcdef', ended: false });
    client.connection.onEnd();
    expect(received).toMatchObject({ body: 'abcdef', ended: true, reset: undefined });
    expect(client.connection.capacity).toBe(0);
  });

  it('a reset where such a body breaks off', () => {
    const { client, received } = respond(`${OK}\r\nabc`);
    client.connection.onClose(new Error('ECONNRESET'));
    expect(received).toMatchObject({ ended: false, reset: 'connection-termination' });
  });

  it('trailers, without those that have no place there', () => {
    const { received } = respond(
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b \r\nSet-Cookie: c\r\nTrailer: d\r\n\r\n`,
    );
    expect(received.events.at(-1)).toBe('trailers x-a=b');
  });

  it.each([
    ['length and chunks', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ['another encoding', `${OK}Transfer-Encoding: gzip\r\n\r\n`],
    ['chunked twice', `${OK}Transfer-Encoding: chunked, chunked\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['chunks in 204', 'HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a length in 204', 'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n'],
    ['a length in 1xx', 'HTTP/1.1 103 Hints\r\nContent-Length: 2\r\n\r\n'],
    ['101 that nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
    ['1xx that ends the connection', 'HTTP/1.1 103 Hints\r\nConnection: close\r\n\r\n'],
    ['1xx in HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['endless 1xx', 'HTTP/1.1 103 Hints\r\n\r\n'.repeat(65)],
    ['two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['a folded field', `${OK}A: b\r\n c\r\n\r\n`],
    ['101 fields', `${OK}${'a: b\r\n'.repeat(101)}\r\n`],
    ['a large head', `${OK}a: ${'b'.repeat(61_440)}\r\n\r\n`],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
  ])('an error for %s', (_name, input) => {
    const { client, received } = respond(input);
    expect(received.reset).toBe('protocol-error');
    expect(received.ended).toBe(false);
    expect(client.errors).toHaveLength(1);
    expect(client.transport.destroyed).toBe(true);
    expect(client.connection.capacity).toBe(0);
  });

  it('nothing that comes without a request', () => {
    const client = new TestClient();
    client.transport.receive('HTTP/1.1 408 Request Timeout\r\n\r\n');
    expect(client.errors).toHaveLength(1);
    expect(client.transport.destroyed).toBe(true);
    const early = new TestClient();
    early.connection.open(new Recorder());
    early.transport.receive(`${OK}Content-Length: 0\r\n\r\n`);
    expect(early.errors).toHaveLength(1);
  });

  it('no further request on a connection whose request was not complete', () => {
    const client = new TestClient();
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(upload(HeaderList.of(['content-length', '10'])), false);
    exchange.sendData(Buffer.from('abc'), false);
    client.transport.receive('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n');
    expect(received).toMatchObject({ ended: true, reset: undefined });
    expect(client.transport.destroyed).toBe(true);
    expect(exchange.sendData(Buffer.from('defghij'), true)).toBe(true);
  });
});

describe('a client connection', () => {
  it('takes no other exchange while one runs, and during its last event', () => {
    const client = new TestClient();
    const received = client.get();
    expect(() => client.connection.open(new Recorder())).toThrow();
    received.onEnd = () => expect(() => client.connection.open(new Recorder())).toThrow();
    client.transport.receive(`${OK}Content-Length: 0\r\n\r\n`);
    client.get();
    expect(client.connection.activeExchanges).toBe(1);
  });

  it('ends when it drains, after the exchange that runs', () => {
    const idle = new TestClient();
    idle.connection.drain();
    expect(idle.transport.destroyed).toBe(true);
    const busy = new TestClient();
    const received = busy.get();
    busy.connection.drain();
    expect(busy.connection.capacity).toBe(0);
    busy.transport.receive(`${OK}Content-Length: 2\r\n\r\nok`);
    expect(received.ended).toBe(true);
    expect(busy.transport.destroyed).toBe(true);
    expect(busy.available).toBe(0);
  });

  it('tells of its end', () => {
    const client = new TestClient();
    const received = client.get();
    client.connection.onEnd();
    expect(received.reset).toBe('connection-termination');
    client.connection.onClose();
    expect(client.closed).toBe(1);
    expect(received.events).toHaveLength(1);
  });

  it('ends with a reset, of which the receiver hears nothing', () => {
    const client = new TestClient();
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(requestHead(), true);
    exchange.reset();
    client.connection.onClose();
    expect(received.events).toEqual([]);
    expect(client.transport.destroyed).toBe(true);
  });

  it('passes back-pressure on in both directions', () => {
    const client = new TestClient();
    client.transport.highWaterMark = 100;
    const received = new Recorder();
    const exchange = client.connection.open(received);
    exchange.sendHead(upload(), false);
    expect(exchange.sendData(Buffer.alloc(2000), false)).toBe(false);
    client.transport.take();
    expect(received.writable).toBe(1);
    exchange.sendData(Buffer.alloc(10), true);
    client.transport.receive(`${OK}Content-Length: 6\r\n\r\nabc`);
    exchange.pauseReading();
    expect(client.transport.paused).toBe(true);
    exchange.resumeReading();
    client.transport.receive('def');
    expect(client.available).toBe(1);
  });
});
