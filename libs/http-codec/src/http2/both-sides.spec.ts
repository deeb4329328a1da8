import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MemoryTransport, type MemoryTransportOptions } from '../../test/memory-transport.ts';
import { ClientRecorder, requestHead, ResponseRecorder, responseHead, ServerRecorder } from '../../test/exchanges.ts';
import type { ServerExchange } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import type { BodyRecorder } from '../../test/exchanges.ts';
import { Http2ClientConnection } from './client-connection.ts';
import type { Http2Options } from './options.ts';
import { Http2ServerConnection } from './server-connection.ts';

function connect(
  answer: (exchange: ServerExchange, body: BodyRecorder) => void,
  params: { pipe?: MemoryTransportOptions; server?: Http2Options; client?: Http2Options } = {},
) {
  const [a, b] = MemoryTransport.pair(params.pipe);
  const serverEvents = new ServerRecorder(answer);
  const clientEvents = new ClientRecorder();
  const server = new Http2ServerConnection({ transport: a, handler: serverEvents, options: params.server ?? {} });
  const client = new Http2ClientConnection({ transport: b, handler: clientEvents, options: params.client ?? {} });
  a.reader = server;
  b.reader = client;
  return { server, client, serverEvents, clientEvents, serverPipe: a, clientPipe: b };
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000 && !done(); i++) await nextTurn();
  if (!done()) throw new Error('it never came');
}

function echo(exchange: ServerExchange, body: BodyRecorder): void {
  const answer = (): void => {
    if (!exchange.endStream && !body.ended) return;
    exchange.sendHead(responseHead(200, ['x-method', exchange.head.method]), false);
    exchange.sendData(body.body, true);
  };
  body.onEvent = answer;
  if (exchange.endStream) answer();
}

describe('HTTP/2, our client and our server', () => {
  it.each([undefined, 1, 7, 1000])('GET and POST with bytes in pieces of %s', async (chunkBytes) => {
    const { client, serverEvents } = connect(echo, { pipe: chunkBytes === undefined ? {} : { chunkBytes } });
    const got = new ResponseRecorder();
    const get = client.open(got);
    get.sendHead(requestHead({ path: '/a?b', headers: HeaderList.of(['accept', '*/*']) }), true);
    const posted = new ResponseRecorder();
    const post = client.open(posted);
    post.sendHead(requestHead({ method: 'POST' }), false);
    post.sendData(Buffer.from('hello '), false);
    post.sendData(Buffer.from('world'), true);
    await until(() => got.ended && posted.ended);
    expect(got.head?.status).toBe(200);
    expect(got.head?.headers.get('x-method')).toBe('GET');
    expect(posted.body.toString()).toBe('hello world');
    expect(serverEvents.requests[0]?.head.path).toBe('/a?b');
    expect(serverEvents.requests[0]?.head.authority).toBe('example.test');
    expect(client.activeExchanges).toBe(0);
    expect(serverEvents.idle.at(0)).toBe(false);
    expect(serverEvents.idle.at(-1)).toBe(true);
  });

  it('a unary call is one write each way', async () => {
    const { client, serverPipe, clientPipe } = connect(echo);
    const warm = new ResponseRecorder();
    client.open(warm).sendHead(requestHead(), true);
    await until(() => warm.ended);
    await nextTurn();
    const before = [serverPipe.writes, clientPipe.writes];
    const got = new ResponseRecorder();
    const post = client.open(got);
    post.sendHead(requestHead({ method: 'POST' }), false);
    post.sendData(Buffer.from('hello'), true);
    await until(() => got.ended);
    expect([serverPipe.writes, clientPipe.writes]).toEqual([before[0]! + 1, before[1]! + 1]);
  });

  it('large bodies go both ways through small windows', async () => {
    const { client } = connect(echo, { client: { maxBufferedBytes: 4_000_000 } });
    const got = new ResponseRecorder();
    const post = client.open(got);
    const sent = Buffer.alloc(1_000_000, 'abcdefg');
    post.sendHead(requestHead({ method: 'POST' }), false);
    expect(post.sendData(sent, true)).toBe(false);
    await until(() => got.ended);
    expect(got.body.equals(sent)).toBe(true);
  });
});
