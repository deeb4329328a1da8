import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { responseHead, TestServer, type SeenRequest } from '../../test/http1/fixtures.ts';

const HOST = 'Host: a.test\r\n';
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const post = (body: string, length = body.length): string =>
  `POST / HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n${body}`;

function answerWith(text: string): (request: SeenRequest) => void {
  return ({ exchange }) => {
    exchange.sendHead(responseHead(200, ['content-length', String(text.length)]), false);
    exchange.sendData(Buffer.from(text), true);
  };
}

describe('requests on one connection', () => {
  it('are told one at a time, and the next bytes wait with the transport paused', () => {
    const server = new TestServer();
    server.transport.receive(GET + GET.replace('/', '/2') + GET.replace('/', '/3').slice(0, 20));
    expect(server.requests).toHaveLength(1);
    expect(server.transport.paused).toBe(true);
    answerWith('one')(server.last);
    server.transport.take();
    expect(server.requests.map(({ head }) => head.path)).toEqual(['/', '/2']);
    expect(server.transport.paused).toBe(true);
    answerWith('two')(server.last);
    server.transport.take();
    expect(server.transport.paused).toBe(false);
    server.transport.receive(GET.replace('/', '/3').slice(20));
    expect(server.requests).toHaveLength(3);
    // A part of a head is no exchange yet.
    expect(server.idle).toEqual([false, true, false]);
    expect(server.connection.activeExchanges).toBe(1);
  });

  it('that are answered at once go on without a pause', () => {
    const server = new TestServer();
    server.answer = answerWith('ok');
    server.transport.receive(GET.repeat(500));
    expect(server.requests).toHaveLength(500);
    expect(server.transport.paused).toBe(false);
    expect(server.idle).toEqual([false, true]);
  });

  it('wait until the peer has taken the responses before', () => {
    const server = new TestServer();
    server.transport.highWaterMark = 1000;
    server.answer = answerWith('x'.repeat(600));
    server.transport.receive(GET.repeat(10));
    expect(server.requests).toHaveLength(2);
    server.transport.take();
    expect(server.requests).toHaveLength(4);
    while (server.transport.bufferedBytes > 0) server.transport.take();
    expect(server.requests).toHaveLength(10);
  });

  it('end with connection: close', () => {
    const server = new TestServer();
    server.answer = answerWith('ok');
    server.transport.receive(`GET / HTTP/1.1\r\n${HOST}Connection: x, Close\r\n\r\n${GET}`);
    expect(server.requests).toHaveLength(1);
    expect(server.transport.take()).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    expect(server.transport.ended).toBe(true);
  });

  it('of HTTP/1.0 end, unless it says keep-alive', () => {
    const server = new TestServer({ acceptHttp10: true });
    server.answer = answerWith('ok');
    server.transport.receive(`GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`);
    expect(server.transport.take()).toBe('HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
    server.answer = ({ exchange }) => {
      exchange.sendInformational(responseHead(103));
      exchange.sendHead(responseHead(200), false);
      exchange.sendData(Buffer.from('to the end'), true);
    };
    server.transport.receive(`GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`);
    expect(server.transport.take()).toBe('HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nto the end');
    expect(server.transport.ended).toBe(true);
  });

  it('end when the handler wants it, or with a drain', () => {
    const server = new TestServer();
    server.answer = (request) => {
      request.exchange.closeAfterwards();
      answerWith('ok')(request);
    };
    server.transport.receive(GET);
    expect(server.transport.take()).toContain('connection: close\r\n');
    expect(server.transport.ended).toBe(true);

    const draining = new TestServer();
    draining.transport.receive(GET);
    draining.connection.drain();
    expect(draining.transport.ended).toBe(false);
    answerWith('ok')(draining.last);
    expect(draining.transport.take()).toContain('connection: close\r\n');
    expect(draining.transport.ended).toBe(true);
  });

  it('do not begin on a drained idle connection', () => {
    const server = new TestServer();
    server.connection.drain();
    expect(server.transport.ended).toBe(true);
    server.transport.receive(GET);
    expect(server.requests).toHaveLength(0);
  });
});

describe('a response before the end of its request', () => {
  it('keeps the connection when little is left', () => {
    const server = new TestServer();
    server.transport.receive(post('abc', 10));
    answerWith('early')(server.last);
    expect(server.transport.take()).not.toContain('connection: close');
    expect(server.connection.activeExchanges).toBe(0);
    server.transport.receive(`defghij${GET}`);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.received.body).toBe('abc');
  });

  it.each([
    ['much is left', post('abc', 1_000_000)],
    ['nobody knows how much', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
    ['the client may wait for 100', `PUT / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`],
  ])('ends it when %s', (_name, input) => {
    const server = new TestServer();
    server.transport.receive(input);
    answerWith('early')(server.last);
    expect(server.transport.take()).toContain('connection: close\r\n');
    expect(server.transport.ended).toBe(true);
    // What still comes is dropped, up to a bound.
    const more = Buffer.alloc(1024 * 1024, GET);
    for (let i = 0; i < 64; i++) server.connection.onBytes(more);
    expect(server.transport.destroyed).toBe(false);
    server.connection.onBytes(more);
    expect(server.requests).toHaveLength(1);
    expect(server.transport.destroyed).toBe(true);
  });

  it('that is cut by a bad chunk ends with the connection, not with an answer', () => {
    const server = new TestServer();
    server.transport.receive(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
    server.last.exchange.sendHead(responseHead(200), false);
    server.transport.take();
    server.transport.receive('zz\r\n');
    expect(server.last.received.reset).toBe('protocol-error');
    expect(server.transport.destroyed).toBe(true);
    expect(server.transport.take()).toBe('');
  });
});

describe('back-pressure', () => {
  it('tells the sender to stop, and when to go on', () => {
    const server = new TestServer();
    server.transport.highWaterMark = 100;
    server.transport.receive(GET);
    const { exchange, received } = server.last;
    exchange.sendHead(responseHead(200), false);
    expect(exchange.sendData(Buffer.alloc(2000), false)).toBe(false);
    expect(exchange.sendData(Buffer.alloc(2000), false)).toBe(false);
    expect(received.writable).toBe(0);
    server.transport.take();
    expect(received.writable).toBe(1);
  });

  it('ends a sender that does not stop', () => {
    const server = new TestServer({ maxBufferedBytes: 10_000 });
    server.transport.highWaterMark = 100;
    server.transport.receive(GET);
    const { exchange, received } = server.last;
    exchange.sendHead(responseHead(200), false);
    for (let i = 0; i < 20; i++) exchange.sendData(Buffer.alloc(2000), false);
    expect(received.reset).toBe('overflow');
    expect(server.transport.destroyed).toBe(true);
  });

  it('pauses the transport for a receiver, within its request', () => {
    const server = new TestServer();
    server.transport.receive(post('abc', 6));
    server.last.exchange.pauseReading();
    expect(server.transport.paused).toBe(true);
    server.last.exchange.resumeReading();
    expect(server.transport.paused).toBe(false);
    server.last.exchange.pauseReading();
    server.transport.receive('def');
    expect(server.transport.paused).toBe(false);
    answerWith('ok')(server.last);
  });
});

describe('what is sent', () => {
  it('leaves in one write, head and body', () => {
    const server = new TestServer();
    server.answer = ({ exchange }) => {
      exchange.sendHead(responseHead(200, ['content-length', '6']), false);
      exchange.sendData(Buffer.from('abc'), false);
      exchange.sendData(Buffer.from('def'), true);
    };
    server.transport.receive(GET);
    expect(server.transport.writes).toBe(1);
    expect(server.transport.take()).toBe('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabcdef');
  });

  it('does not stay behind when the body is late', async () => {
    const server = new TestServer();
    server.answer = ({ exchange }) => exchange.sendHead(responseHead(200), false);
    server.transport.receive(GET);
    expect(server.transport.takeBytes().toString()).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    server.last.exchange.sendData(Buffer.from('abc'), false);
    await Promise.resolve();
    expect(server.transport.takeBytes().toString()).toBe('3\r\nabc\r\n');
    server.last.exchange.sendData(Buffer.alloc(0), false);
    server.last.exchange.sendTrailers(HeaderList.of(['x-sum', '1']));
    expect(server.transport.takeBytes().toString()).toBe('0\r\n\r\n');
  });

  it('has trailers only where they are enabled', () => {
    const server = new TestServer({ enableTrailers: true });
    server.answer = ({ exchange }) => {
      exchange.sendHead(responseHead(200), false);
      exchange.sendTrailers(HeaderList.of(['x-sum', '1'], ['transfer-encoding', 'x'], ['content-length', '5']));
    };
    server.transport.receive(GET);
    expect(server.transport.take()).toMatch(/\r\n\r\n0\r\nx-sum: 1\r\n\r\n$/);
  });

  it.each([
    ['GET', 200, true, 'content-length: 0\r\n'],
    ['GET', 200, false, 'transfer-encoding: chunked\r\n'],
    ['GET', 204, true, ''],
    ['GET', 204, false, ''],
    ['GET', 304, true, ''],
    ['HEAD', 200, true, 'transfer-encoding: chunked\r\n'],
    ['HEAD', 404, false, 'transfer-encoding: chunked\r\n'],
  ])('is framed as Envoy does: %s, %i, at its end %s', (method, status, endStream, lines) => {
    const server = new TestServer();
    server.answer = ({ exchange }) => {
      exchange.sendHead(responseHead(status), endStream);
      if (!endStream && lines === '') exchange.sendData(Buffer.alloc(0), true);
    };
    server.transport.receive(GET.replace('GET', method));
    expect(server.transport.take()).toMatch(new RegExp(`^HTTP/1.1 ${status} [^\r]+\r\n${lines}\r\n$`));
  });

  it('keeps the length but no body for HEAD and 304, and no length for 204', () => {
    for (const [method, status, length] of [
      ['HEAD', 200, 'content-length: 7\r\n'],
      ['GET', 304, 'content-length: 7\r\n'],
      ['GET', 204, ''],
    ] as const) {
      const server = new TestServer();
      server.answer = ({ exchange }) => {
        exchange.sendHead(responseHead(status, ['content-length', '7']), false);
        exchange.sendData(Buffer.from('dropped'), true);
      };
      server.transport.receive(GET.replace('GET', method).repeat(2));
      expect(server.transport.take()).toMatch(new RegExp(`^(HTTP/1.1 ${status} [^\r]+\r\n${length}\r\n){2}$`));
    }
  });

  it('leaves out fields of the hop', () => {
    const server = new TestServer();
    server.answer = ({ exchange }) => {
      exchange.sendHead(
        responseHead(200, ['connection', 'x'], ['transfer-encoding', 'x'], ['upgrade', 'y'], ['a', 'b']),
        true,
      );
    };
    server.transport.receive(GET);
    expect(server.transport.take()).toBe('HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 0\r\n\r\n');
  });

  it('ends the connection rather than a body of another length', () => {
    for (const [length, body] of [
      ['3', 'abcd'],
      ['5', 'abcd'],
    ] as const) {
      const server = new TestServer();
      server.answer = ({ exchange }) => {
        exchange.sendHead(responseHead(200, ['content-length', length]), false);
        exchange.sendData(Buffer.from(body), true);
      };
      server.transport.receive(GET);
      expect(server.transport.destroyed).toBe(true);
      expect(server.transport.take()).toBe('');
      expect(server.last.received.reset).toBe('protocol-error');
    }
  });

  it.each(['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', 'a\u010ab', 'a\u0d0ab', '\ud83d\ude00'])(
    'never has %j in a value',
    (value) => {
      expect(() => HeaderList.of(['x', value])).toThrow(TypeError);
      expect(() => HeaderList.of(['x', 'y']).set('x', value)).toThrow(TypeError);
      const server = new TestServer();
      server.transport.receive(GET);
      const headers = new HeaderList(['x'], [value]);
      expect(() => server.last.exchange.sendHead({ status: 200, headers, version: '1.1' }, true)).toThrow(TypeError);
      expect(() => server.last.exchange.sendHead({ ...responseHead(1e3), headers }, true)).toThrow(TypeError);
      expect(server.transport.take()).toBe('');
      // The response can still be given.
      server.last.exchange.sendHead(responseHead(500), true);
      expect(server.transport.take()).toContain('HTTP/1.1 500 ');
    },
  );

  it.each(['', 'A', 'a b', 'a:', 'a\r\n', '\u017f'])('never has %j as a name', (name) => {
    expect(() => HeaderList.of([name, 'x'])).toThrow(TypeError);
    const server = new TestServer();
    server.transport.receive(GET);
    const headers = new HeaderList([name], ['x']);
    expect(() => server.last.exchange.sendHead({ status: 200, headers, version: '1.1' }, true)).toThrow(TypeError);
  });

  it('is refused where it makes no sense', () => {
    const server = new TestServer();
    server.transport.receive(GET);
    const { exchange } = server.last;
    expect(() => exchange.sendData(Buffer.from('x'), true)).toThrow();
    expect(() => exchange.sendHead(responseHead(100), true)).toThrow(TypeError);
    expect(() => exchange.sendHead(responseHead(101), false)).toThrow(TypeError);
    expect(() => exchange.sendInformational(responseHead(200))).toThrow(TypeError);
    exchange.sendHead(responseHead(200), false);
    expect(() => exchange.sendHead(responseHead(200), false)).toThrow();
    exchange.sendData(Buffer.from('x'), true);
    expect(exchange.sendData(Buffer.from('late'), true)).toBe(true);
    exchange.sendHead(responseHead(200), true);
    exchange.reset();
    expect(server.transport.destroyed).toBe(false);
  });
});

describe('the end of a connection', () => {
  it('is told to the exchange that runs, then to the handler', () => {
    const server = new TestServer();
    server.transport.receive(post('abc', 10));
    server.connection.onClose();
    expect(server.last.received.reset).toBe('connection-termination');
    expect(server.closed).toBe(1);
    expect(server.last.exchange.sendData(Buffer.from('x'), true)).toBe(true);
  });

  it('follows when the peer ends its half', () => {
    const idle = new TestServer();
    idle.connection.onEnd();
    expect(idle.transport.ended).toBe(true);
    const busy = new TestServer();
    busy.transport.receive(GET);
    busy.connection.onEnd();
    expect(busy.transport.destroyed).toBe(true);
  });

  it('follows a reset, of which the receiver hears nothing', () => {
    const server = new TestServer();
    server.transport.receive(post('abc', 10));
    server.last.exchange.reset();
    expect(server.transport.destroyed).toBe(true);
    server.connection.onClose();
    expect(server.last.received.reset).toBeUndefined();
    expect(server.closed).toBe(1);
  });

  it('stops requests that came with it', () => {
    const server = new TestServer();
    server.answer = () => server.connection.destroy();
    server.transport.receive(GET.repeat(3));
    expect(server.requests).toHaveLength(1);
  });

  it('follows when a handler throws', () => {
    const server = new TestServer();
    server.answer = () => {
      throw new Error('a bug');
    };
    expect(() => server.transport.receive(GET)).toThrow('a bug');
    expect(server.transport.destroyed).toBe(true);
  });
});
