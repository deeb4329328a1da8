import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { responseHead } from '../../test/exchanges.ts';
import { echoBody, startHttp2Server, type Http2TestServer } from '../../test/http2-server.ts';
import type { BodyReceiver, ServerExchange } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import type { Http2Options } from './options.ts';

let server: Http2TestServer | undefined;
let session: ClientHttp2Session | undefined;

afterEach(async () => {
  session?.destroy();
  await server?.close();
  session = server = undefined;
});

async function start(answer: (exchange: ServerExchange) => void, options: Http2Options = {}) {
  server = await startHttp2Server(answer, options);
  session = connect(`http://127.0.0.1:${server.port}`);
  session.on('error', () => undefined);
  return session;
}

const ignoring: BodyReceiver = {
  onData: () => undefined,
  onTrailers: () => undefined,
  onReset: () => undefined,
  onWritable: () => undefined,
};

async function body(stream: ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("HTTP/2: Node's client against our server", () => {
  it('GET, POST and HEAD', async () => {
    const client = await start(echoBody);
    const get = client.request({ ':path': '/x' });
    const [head] = (await once(get, 'response')) as [Record<string, string | number>];
    expect(head[':status']).toBe(200);
    expect((await body(get)).toString()).toBe('Hello, HTTP/2');
    const post = client.request({ ':method': 'POST' });
    post.end('some text');
    expect((await body(post)).toString()).toBe('some text');
    const headOnly = client.request({ ':method': 'HEAD' });
    expect((await body(headOnly)).length).toBe(0);
  });

  it('heads come as they were sent, whatever they are', async () => {
    const seen: HeaderList[] = [];
    const client = await start((exchange) => {
      seen.push(exchange.head.headers);
      const headers = exchange.head.headers.clone();
      exchange.sendHead({ status: 200, headers, version: '2' }, true);
    });
    const name = fc.string({ unit: fc.constantFrom(...'abcdefghij-0123'), minLength: 1, maxLength: 12 });
    const value = fc
      .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
      .map((text) => text.trim());
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          name.map((text) => `x-${text}`),
          value,
          { maxKeys: 40 },
        ),
        async (fields) => {
          const request = client.request({ ...fields, ':path': '/' });
          const [head] = (await once(request, 'response')) as [Record<string, string>];
          request.resume();
          const sent = Object.entries(fields);
          expect([...(seen.at(-1) as HeaderList)]).toEqual(sent);
          const { ':status': _status, ...got } = head;
          expect(Object.entries(got)).toEqual(sent);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a large body both ways, through windows that are small', async () => {
    const client = await start(echoBody, { maxBufferedBytes: 16_000_000 });
    const sent = Buffer.alloc(8_000_000, 'abcdefghijk');
    const post = client.request({ ':method': 'POST' });
    post.end(sent);
    expect((await body(post)).equals(sent)).toBe(true);
  });

  it('a sender that waits for onWritable buffers little', async () => {
    let most = 0;
    const client = await start((exchange) => {
      let left = 4_000_000;
      const send = (): void => {
        while (left > 0) {
          left -= 10_000;
          if (!exchange.sendData(Buffer.alloc(10_000, 1), left === 0)) return;
        }
      };
      exchange.receiver = {
        ...ignoring,
        onWritable: () => {
          send();
          most = Math.max(most, (exchange as unknown as { queuedBytes: number }).queuedBytes);
        },
      };
      exchange.sendHead(responseHead(200), false);
      send();
    });
    const get = client.request({ ':path': '/' });
    expect((await body(get)).length).toBe(4_000_000);
    expect(most).toBeLessThanOrEqual(10_000);
  });

  it('a paused stream holds no more than its window, and others go on', async () => {
    const paused: ServerExchange[] = [];
    let received = 0;
    const client = await start(
      (exchange) => {
        if (exchange.head.path !== '/paused') {
          echoBody(exchange);
          return;
        }
        exchange.receiver = { ...ignoring, onData: (chunk) => (received += chunk.length) };
        exchange.pauseReading();
        paused.push(exchange);
      },
      { initialStreamWindowSize: 65_535, initialConnectionWindowSize: 200_000 },
    );
    const stuck = client.request({ ':path': '/paused', ':method': 'POST' });
    stuck.on('error', () => undefined);
    stuck.end(Buffer.alloc(1_000_000));
    const post = client.request({ ':method': 'POST' });
    post.end(Buffer.alloc(500_000, 7));
    expect((await body(post)).length).toBe(500_000);
    expect(received).toBe(0);
    const [exchange] = paused as [ServerExchange];
    exchange.resumeReading();
    while (received < 1_000_000) await new Promise((resolve) => setImmediate(resolve));
    exchange.sendHead(responseHead(200), true);
    await once(stuck, 'response');
  });

  it('thousands of streams', async () => {
    const client = await start(echoBody, { maxConcurrentStreams: 1000 });
    await once(client, 'remoteSettings');
    let done = 0;
    const one = async (i: number): Promise<void> => {
      const post = client.request({ ':method': 'POST', ':path': `/${i}` });
      post.end(`body ${i}`);
      expect((await body(post)).toString()).toBe(`body ${i}`);
      done++;
    };
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 1000 }, (_, i) => one(round * 1000 + i)));
    }
    expect(done).toBe(4000);
  });

  it('trailers both ways, and an answer of trailers alone', async () => {
    let got: HeaderList | undefined;
    const client = await start((exchange) => {
      if (exchange.head.path === '/only') {
        exchange.sendHead(responseHead(200, ['grpc-status', '5']), true);
        return;
      }
      exchange.receiver = {
        ...ignoring,
        onTrailers: (trailers) => {
          got = trailers;
          exchange.sendHead(responseHead(200), false);
          exchange.sendData(Buffer.from('message'), false);
          exchange.sendTrailers(HeaderList.of(['grpc-status', '0']));
        },
      };
    });
    const call = client.request({ ':method': 'POST', te: 'trailers' }, { waitForTrailers: true });
    call.on('wantTrailers', () => call.sendTrailers({ 'x-end': 'yes' }));
    call.end('request');
    const trailers = once(call, 'trailers');
    expect((await body(call)).toString()).toBe('message');
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
    expect([...(got as HeaderList)]).toEqual([['x-end', 'yes']]);
    const only = client.request({ ':path': '/only' });
    expect(((await once(only, 'response')) as [object])[0]).toMatchObject({ 'grpc-status': '5' });
  });

  it('resets of both sides', async () => {
    const reasons: string[] = [];
    const client = await start((exchange) => {
      exchange.receiver = { ...ignoring, onReset: (reason) => reasons.push(reason) };
      if (exchange.head.path === '/ours') exchange.reset('remote-refused');
    });
    const ours = client.request({ ':path': '/ours' });
    const failed = once(ours, 'error');
    await once(ours, 'close').catch(() => undefined);
    await failed.catch(() => undefined);
    expect(ours.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
    const theirs = client.request({ ':path': '/theirs' }, { endStream: false });
    theirs.on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    theirs.close(constants.NGHTTP2_CANCEL);
    while (reasons.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(reasons).toEqual(['remote-reset']);
  });

  it('an answer before the request has ended is whole, and the rest of the request is not wanted', async () => {
    const client = await start((exchange) => {
      exchange.receiver = ignoring;
      exchange.sendHead(responseHead(413), false);
      exchange.sendData(Buffer.from('too much'), true);
    });
    const post = client.request({ ':method': 'POST' });
    post.write('begin');
    expect((await body(post)).toString()).toBe('too much');
    expect(post.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('a graceful end takes what has come, tells the last stream, and closes', async () => {
    const open: ServerExchange[] = [];
    const client = await start((exchange) => {
      exchange.receiver = ignoring;
      open.push(exchange);
    });
    const goaways: number[] = [];
    client.on('goaway', (_code, last) => goaways.push(last));
    const running = client.request({ ':path': '/' });
    while (open.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of server?.connections ?? []) connection.drain();
    while (goaways.length < 1) await new Promise((resolve) => setImmediate(resolve));
    open[0]?.sendHead(responseHead(200), true);
    expect(((await once(running, 'response')) as [object])[0]).toMatchObject({ ':status': 200 });
    await once(client, 'close');
    expect(goaways[0]).toBe(0x7fffffff);
    expect(server?.connections.size).toBe(0);
  });

  it('informational heads', async () => {
    const client = await start((exchange) => {
      exchange.sendInformational(responseHead(103, ['link', '</a>']));
      exchange.sendHead(responseHead(204), true);
    });
    const get = client.request({ ':path': '/' });
    const [hints] = (await once(get, 'headers')) as [Record<string, string>];
    expect(hints).toMatchObject({ ':status': 103, link: '</a>' });
    expect(((await once(get, 'response')) as [object])[0]).toMatchObject({ ':status': 204 });
  });

  it('WebSocket by extended CONNECT', async () => {
    const client = await start(
      (exchange) => {
        expect(exchange.head).toMatchObject({ method: 'GET', upgrade: 'websocket', path: '/chat' });
        exchange.receiver = {
          ...ignoring,
          onData: (chunk, end) => exchange.sendData(Buffer.from(`echo ${chunk.toString()}`), end),
        };
        exchange.sendHead(responseHead(101), false);
      },
      { allowConnect: true },
    );
    await once(client, 'remoteSettings');
    const tunnel = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
    const [head] = (await once(tunnel, 'response')) as [object];
    expect(head).toMatchObject({ ':status': 200 });
    tunnel.end('hi');
    expect((await body(tunnel)).toString()).toBe('echo hi');
  });

  it('cookie crumbs become one field', async () => {
    let cookie: string[] = [];
    const client = await start((exchange) => {
      cookie = exchange.head.headers.getAll('cookie');
      exchange.sendHead(responseHead(200), true);
    });
    const get = client.request({ ':path': '/', cookie: ['a=b', 'c=d', 'e=f'] });
    await once(get, 'response');
    expect(cookie).toEqual(['a=b; c=d; e=f']);
  });
});
