import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientRecorder, requestHead, ResponseRecorder } from '../../test/exchanges.ts';
import { SocketTransport } from '../../test/socket-transport.ts';
import type { RequestHead } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { Http2ClientConnection } from './client-connection.ts';
import type { Http2Options } from './options.ts';

let server: Http2Server | undefined;
let socket: Socket | undefined;
const sessions = new Set<ServerHttp2Session>();
const peers = new Set<Socket>();

afterEach(async () => {
  socket?.destroy();
  for (const session of sessions) session.destroy();
  sessions.clear();
  peers.clear();
  const ending = server;
  server = undefined;
  if (ending !== undefined) await new Promise((resolve) => ending.close(resolve));
});

type Answer = (stream: ServerHttp2Stream, headers: Record<string, unknown>, flags: number, raw: string[]) => void;

async function start(answer: Answer, options: Http2Options = {}, settings = {}) {
  server = createServer({ settings });
  server.on('connection', (peer) => peers.add(peer));
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers, flags, raw) => {
    stream.on('error', () => undefined);
    answer(stream, headers, flags, raw as unknown as string[]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connectSocket((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const transport = new SocketTransport(socket);
  const events = new ClientRecorder();
  const client = new Http2ClientConnection({ transport, handler: events, options });
  transport.readBy(client);
  return { client, events };
}

function call(client: Http2ClientConnection, head: Partial<RequestHead>, content?: Buffer) {
  const recorder = new ResponseRecorder();
  const exchange = client.open(recorder);
  exchange.sendHead(requestHead(head), content === undefined);
  if (content !== undefined) exchange.sendData(content, true);
  return { recorder, exchange };
}

async function until(done: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!done()) {
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const echo: Answer = (stream) => {
  stream.respond({ ':status': 200 });
  stream.pipe(stream);
};

describe("HTTP/2: our client against Node's server", () => {
  it('heads arrive as they were sent', async () => {
    const seen: string[][] = [];
    const { client } = await start((stream, _headers, _flags, raw) => {
      seen.push(raw);
      stream.respond({ ':status': 200, 'x-answer': 'a, b', 'set-cookie': ['a=b', 'c=d'] });
      stream.end('hello');
    });
    for (let i = 0; i < 50; i++) {
      const headers = HeaderList.of(
        ['user-agent', 'us'],
        ['x-id', `${i}`],
        ['authorization', 'Basic xyz'],
        ['x-utf', 'é'],
      );
      const { recorder } = call(client, { path: `/${i % 3}`, headers });
      await until(() => recorder.ended);
      expect(recorder.head?.status).toBe(200);
      expect(recorder.head?.headers.getAll('set-cookie')).toEqual(['a=b', 'c=d']);
      expect(recorder.body.toString()).toBe('hello');
    }
    expect(seen.at(-1)).toEqual([
      ...[':method', 'GET', ':scheme', 'http', ':path', '/1', ':authority', 'example.test'],
      ...['user-agent', 'us', 'x-id', '49', 'authorization', 'Basic xyz', 'x-utf', 'é'],
    ]);
  });

  it('large bodies, both ways', async () => {
    const { client } = await start(echo);
    const sent = Buffer.alloc(5_000_000, 'xyz');
    const { recorder } = call(client, { method: 'POST' }, sent);
    await until(() => recorder.ended);
    expect(recorder.body.equals(sent)).toBe(true);
  });

  it('thousands of exchanges, as many at once as the server takes', async () => {
    const { client, events } = await start(echo, { maxConcurrentStreams: 1000 }, { maxConcurrentStreams: 250 });
    expect(client.capacity).toBe(100);
    await until(() => events.available > 0);
    expect(client.capacity).toBe(250);
    const recorders: ResponseRecorder[] = [];
    while (recorders.length < 3000) {
      if (client.activeExchanges < client.capacity) {
        recorders.push(call(client, { method: 'POST' }, Buffer.from(`body ${recorders.length}`)).recorder);
      } else {
        const active = client.activeExchanges;
        await until(() => client.activeExchanges < active);
      }
    }
    await until(() => client.activeExchanges === 0);
    recorders.forEach((recorder, i) => expect(recorder.body.toString()).toBe(`body ${i}`));
    expect(() => Array.from({ length: 251 }, () => client.open(new ResponseRecorder()))).toThrow('No exchange is free');
  });

  it('trailers, both ways', async () => {
    let got: Record<string, unknown> = {};
    const { client } = await start((stream) => {
      stream.on('trailers', (trailers) => (got = trailers));
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.resume();
      stream.on('end', () => stream.end('done'));
    });
    const recorder = new ResponseRecorder();
    const exchange = client.open(recorder);
    exchange.sendHead(requestHead({ method: 'POST', headers: HeaderList.of(['te', 'trailers']) }), false);
    exchange.sendData(Buffer.from('x'), false);
    exchange.sendTrailers(HeaderList.of(['x-end', 'yes']));
    await until(() => recorder.ended);
    expect(recorder.body.toString()).toBe('done');
    expect([...(recorder.trailers as HeaderList)]).toEqual([['grpc-status', '0']]);
    expect(got['x-end']).toBe('yes');
  });

  it('resets of both sides, with their reasons', async () => {
    const codes: (number | undefined)[] = [];
    const { client } = await start((stream, headers) => {
      stream.on('close', () => codes.push(stream.rstCode));
      if (headers[':path'] === '/refuse') stream.close(7);
      if (headers[':path'] === '/error') stream.close(2);
    });
    const refused = call(client, { path: '/refuse' }).recorder;
    const failed = call(client, { path: '/error' }).recorder;
    await until(() => refused.reset !== undefined && failed.reset !== undefined);
    expect([refused.reset, failed.reset]).toEqual(['remote-refused', 'remote-reset']);
    const ours = call(client, { path: '/wait' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    ours.exchange.reset();
    await until(() => codes.includes(8));
    expect(ours.recorder.reset).toBeUndefined();
    expect(client.activeExchanges).toBe(0);
  });

  it('a GOAWAY: what is running goes on, nothing new is taken', async () => {
    let running: ServerHttp2Stream | undefined;
    const { client, events } = await start((stream) => (running = stream));
    const { recorder } = call(client, {});
    await until(() => running !== undefined);
    for (const session of sessions) session.close();
    await until(() => client.capacity === 0);
    running?.respond({ ':status': 200 });
    running?.end('late');
    await until(() => recorder.ended);
    expect(recorder.body.toString()).toBe('late');
    await until(() => events.closed === 1);
  });

  it('a broken connection is told to every exchange', async () => {
    let seen = 0;
    const { client, events } = await start(() => seen++);
    const calls = Array.from({ length: 3 }, () => call(client, {}).recorder);
    await until(() => seen === 3);
    for (const peer of peers) peer.destroy();
    await until(() => events.closed === 1);
    expect(calls.map((recorder) => recorder.reset)).toEqual(Array(3).fill('connection-termination'));
  });

  it('drain ends when the last exchange is over', async () => {
    let running: ServerHttp2Stream | undefined;
    const { client, events } = await start((stream) => (running = stream));
    const { recorder } = call(client, {});
    await until(() => running !== undefined);
    client.drain();
    expect(client.capacity).toBe(0);
    running?.respond({ ':status': 204 }, { endStream: true });
    await until(() => events.closed === 1);
    expect(recorder.head?.status).toBe(204);
  });

  it('informational heads, and pings', async () => {
    const { client } = await start((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': 200 }, { endStream: true });
    });
    const { recorder } = call(client, {});
    await until(() => recorder.ended);
    expect(recorder.informational.map((head) => head.status)).toEqual([103]);
    let answered = 0;
    client.ping(() => answered++);
    await until(() => answered === 1);
  });

  it('WebSocket by extended CONNECT: 200 is told as 101', async () => {
    const { client } = await start(
      (stream, headers) => {
        expect(headers).toMatchObject({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
        stream.respond({ ':status': 200 });
        stream.pipe(stream);
      },
      {},
      { enableConnectProtocol: true },
    );
    await until(() => client.takesUpgrades);
    const recorder = new ResponseRecorder();
    const exchange = client.open(recorder);
    exchange.sendHead(requestHead({ path: '/chat', upgrade: 'websocket' }), false);
    exchange.sendData(Buffer.from('hi'), true);
    await until(() => recorder.ended);
    expect(recorder.head?.status).toBe(101);
    expect(recorder.body.toString()).toBe('hi');
  });
});
