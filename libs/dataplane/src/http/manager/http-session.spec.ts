import { describe, expect, it } from 'vitest';
import type { HttpManagerConfig } from '@malla/proxy-config';
import { forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';

const body = 'x'.repeat(200_000);
const answers: Readonly<Record<string, string>> = {
  '/': 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
  '/large': `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  '/socket': 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
};
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';

/** A client that never ends its side of the connection. */
function stubborn(change: Partial<HttpManagerConfig> = {}) {
  const at = new HttpWorld();
  const cluster = at.cluster({ name: 'up' });
  cluster.respond = (request) => answers[request.split(' ')[1] ?? ''];
  const client = at.connect(
    at.manager({ routes: { kind: 'inline', table: routeTable([route('/', forwardTo('up'))]) }, ...change }),
  );
  client.onEnd = () => undefined;
  return { at, cluster, client };
}

describe('a client that does not end its connection', () => {
  it.each([
    ['a last request', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'],
    ['a broken request', 'GET / HTTP/1.1\r\nhost : a\r\n\r\n'],
    ['broken HTTP/2', `${preface}\0\0\0\x02\0\0\0\0\0`],
  ])('is cut off a second after %s', (_, bytes) => {
    const { at, client } = stubborn();
    client.send(Buffer.from(bytes, 'latin1'));
    at.advance(500);
    expect(client.closed).toBe(false);
    at.advance(1_000);
    expect(client.closed).toBe(true);
  });

  it('is cut off after its time for a head', () => {
    const { at, client } = stubborn({ requestHeadersTimeoutMs: 1_000 });
    client.send('GET / HT');
    at.advance(1_100);
    expect(client.take()).toContain(' 408 ');
    at.advance(1_100);
    expect(client.closed).toBe(true);
  });

  it.each([
    ['before any protocol is known', ''],
    ['in HTTP/1', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['in HTTP/2, where it answers no ping', preface],
  ])('is cut off when it is idle %s', (_, bytes) => {
    const { at, client } = stubborn({ idleTimeoutMs: 1_000 });
    client.send(Buffer.from(bytes, 'latin1'));
    at.advance(2_200);
    expect(client.closed).toBe(true);
  });

  it('is cut off when its tunnel has ended', () => {
    const { at, client, cluster } = stubborn();
    client.send('GET /socket HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    expect(client.take()).toContain(' 101 ');
    cluster.peers[0]?.pair.far.end();
    at.run();
    at.advance(1_100);
    expect(client.closed).toBe(true);
  });

  it('has the time it needs to take the last response', () => {
    const { at, client } = stubborn();
    client.pair.far.pause();
    client.send('GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    for (let i = 0; i < 3; i++) {
      at.advance(900);
      client.pair.near.bufferedBytes -= 1;
      expect(client.closed).toBe(false);
    }
    client.pair.far.resume();
    at.run();
    expect(client.received.endsWith('x')).toBe(true);
  });

  it('is idle, too, when it does not read its response', () => {
    const { at, client } = stubborn({ idleTimeoutMs: 1_000 });
    client.pair.far.pause();
    client.send('GET /large HTTP/1.1\r\nhost: a\r\n\r\n');
    at.advance(4_000);
    expect(client.closed).toBe(true);
  });
});
