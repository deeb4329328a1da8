import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer as createNetServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { fieldText, Recorder, requestHead, responseHead } from '../../test/http1/fixtures.ts';
import { SocketTransport } from '../../test/socket-transport.ts';
import { HeaderList } from '../headers.ts';
import type { ServerExchange } from '../exchange.ts';
import { Http1ClientConnection } from './client-connection.ts';
import { Http1ServerConnection } from './server-connection.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Our server on a socket; gives its port. */
function serve(onRequest: (exchange: ServerExchange) => void): Promise<number> {
  const server = createNetServer({ allowHalfOpen: true }, (socket) => {
    const transport = new SocketTransport(socket);
    const handler = { onRequest, onProtocolError: () => {}, onClose: () => {}, onIdle: () => {} };
    transport.readBy(
      new Http1ServerConnection({ transport, handler, options: { scheme: 'http', enableTrailers: true } }),
    );
    closers.push(() => socket.destroy());
  });
  closers.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Echoes the body, and tells the method. */
function echo(exchange: ServerExchange): void {
  const received = new Recorder();
  exchange.receiver = received;
  const answer = (): void => {
    exchange.sendHead(
      responseHead(200, ['x-method', exchange.head.method], ['x-fields', fieldText(exchange.head.headers)]),
      false,
    );
    exchange.sendData(Buffer.from(received.body, 'latin1'), true);
  };
  if (exchange.endStream) answer();
  else received.onEnd = answer;
  if (exchange.head.expectsContinue) exchange.sendInformational(responseHead(100));
}

interface Asked {
  readonly port: number;
  readonly agent: Agent;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: readonly string[];
}

async function ask({
  port,
  agent,
  method = 'GET',
  headers = {},
  body = [],
}: Asked): Promise<[IncomingMessage, string]> {
  const outgoing = request({ host: '127.0.0.1', port, agent, method, headers });
  for (const piece of body) outgoing.write(piece);
  outgoing.end();
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  return [incoming, await text(incoming)];
}

/** Our client on a socket to Node's server. */
function open(port: number): Promise<Http1ClientConnection> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  closers.push(() => socket.destroy());
  const transport = new SocketTransport(socket);
  const handler = { onAvailable: () => {}, onProtocolError: () => {}, onClose: () => {} };
  const client = new Http1ClientConnection({ transport, handler, options: { enableTrailers: true } });
  transport.readBy(client);
  return new Promise((resolve) => socket.on('connect', () => resolve(client)));
}

function listen(server: Server): Promise<number> {
  closers.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function ended(received: Recorder): Promise<void> {
  return new Promise((resolve) => {
    if (received.ended) resolve();
    else received.onEnd = resolve;
  });
}

describe("Node's http and this codec", () => {
  it('understand each other: its client, our server, one connection', async () => {
    const port = await serve(echo);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closers.push(() => agent.destroy());
    const [first, firstBody] = await ask({ port, agent });
    expect([first.headers['x-method'], firstBody]).toEqual(['GET', '']);
    const [, chunked] = await ask({ port, agent, method: 'POST', body: ['abc', 'x'.repeat(100_000)] });
    expect(chunked).toBe(`abc${'x'.repeat(100_000)}`);
    const [sized, body] = await ask({ port, agent, method: 'PUT', headers: { 'content-length': '2' }, body: ['ok'] });
    expect([sized.headers['x-fields'], body]).toEqual(['content-length=2', 'ok']);
    const [head] = await ask({ port, agent, method: 'HEAD' });
    expect(head.statusCode).toBe(200);
    const [expected, late] = await ask({
      port,
      agent,
      method: 'POST',
      headers: { expect: '100-continue' },
      body: ['late'],
    });
    expect([expected.statusCode, late]).toEqual([200, 'late']);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  });

  it('understand each other: our client, its server, one connection', async () => {
    let connections = 0;
    const server = createServer((incoming, outgoing) => {
      if (incoming.url === '/chunked') {
        outgoing.setHeader('trailer', 'x-sum');
        outgoing.write('a'.repeat(100_000));
        outgoing.addTrailers({ 'x-sum': '1' });
        outgoing.end('end');
        return;
      }
      if (incoming.url === '/hints') outgoing.writeEarlyHints({ link: '</a>; rel=preload' });
      text(incoming).then(
        (body) => outgoing.end(`${incoming.method} ${incoming.headers.host} ${body}`),
        () => {},
      );
    });
    server.on('connection', () => connections++);
    const client = await open(await listen(server));
    for (const [path, expected] of [
      ['/', 'GET a.test '],
      ['/hints', 'GET a.test '],
      ['/chunked', `${'a'.repeat(100_000)}end`],
    ] as const) {
      const received = new Recorder();
      client.open(received).sendHead(requestHead({ path }), true);
      await ended(received);
      expect(received.body).toBe(expected);
      if (path === '/hints') expect(received.events[0]).toMatch(/^interim 103 link=/);
      if (path === '/chunked') expect(received.events.at(-1)).toBe('trailers x-sum=1');
    }
    for (const headers of [new HeaderList(), HeaderList.of(['content-length', '6'])]) {
      const received = new Recorder();
      const exchange = client.open(received);
      exchange.sendHead(requestHead({ method: 'POST', headers }), false);
      exchange.sendData(Buffer.from('abc'), false);
      exchange.sendData(Buffer.from('def'), true);
      await ended(received);
      expect(received.body).toBe('POST a.test abcdef');
    }
    expect(connections).toBe(1);
    client.destroy();
  });

  it('make tunnels with each other', async () => {
    const server = createServer();
    server.on('upgrade', (_incoming, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ');
      socket.on('data', (chunk: Buffer) => socket.end(chunk));
    });
    const client = await open(await listen(server));
    const received = new Recorder();
    const exchange = client.open(received);
    exchange.sendHead(requestHead({ upgrade: 'echo' }), false);
    exchange.sendData(Buffer.from('there'), false);
    await ended(received);
    expect(received.body).toBe('hello there');
    client.destroy();
  });
});
