import { describe, expect, it } from 'vitest';
import type { RetryIr } from '@malla/ir';
import { forwardExtras, forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import type { FakeClusterParams } from '../../../test/http/fake-cluster.ts';
import { HeaderList } from '@malla/http-codec';
import { http2Upstream } from '../../../test/http/http2-peers.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';
import { poolsOf } from './cluster-pools.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const get = (host = 'a.example') => `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`;

function world(params: Partial<FakeClusterParams> = {}) {
  const at = new HttpWorld();
  const cluster = at.cluster({ name: 'up', ...params });
  const table = routeTable([route('/', forwardTo('up'))]);
  const manager = at.manager({ routes: { kind: 'inline', table } });
  const connect = () => at.connect(manager);
  return { at, cluster, connect };
}

/** The pool that a name has now; another object once it was forgotten. */
function poolOf({ at, cluster }: ReturnType<typeof world>, authority: string) {
  const pools = poolsOf(cluster, at.services, { timers: at.timers } as never);
  return pools.poolFor(cluster.hosts[0] as never, { authority, isHttp2: false });
}

describe('names by which hosts are connected to', () => {
  const http = { autoSni: true, autoSanValidation: true };

  it.each([
    ['a name', 'a.example:80', { serverName: 'a.example', verifyName: 'a.example' }],
    ['an IPv4 address', '10.2.3.4:80', { verifyName: '10.2.3.4' }],
    ['an IPv6 address', '[2001:db8::1]:80', { verifyName: '2001:db8::1' }],
    ['an IPv6 address without a port', '[2001:db8::1]', { verifyName: '2001:db8::1' }],
  ])('%s is always what the certificate has to show', (_, authority, expected) => {
    const { cluster, connect } = world({ http });
    connect().send(get(authority));
    const [peer] = cluster.peers;
    expect(peer?.params.verifyName).toBe(expected.verifyName);
    expect(peer?.params.serverName).toBe((expected as { serverName?: string }).serverName);
  });
});

describe('names after a rewrite of the host', () => {
  it('are the new ones, for every try', () => {
    const at = new HttpWorld();
    const cluster = at.cluster({ name: 'up', http: { autoSni: true, autoSanValidation: true } });
    cluster.respond = () => 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    const retry: RetryIr = {
      attempts: 1,
      retryOn: ['5xx'],
      retriableStatusCodes: [],
      backoffBaseMs: 25,
      ignorePreviousHosts: false,
    };
    const forward = forwardExtras({ autoHostRewrite: true });
    const table = routeTable([route('/', forwardTo('up', { retry, hostRewrite: 'inner.example' }), { forward })]);
    at.connect(at.manager({ routes: { kind: 'inline', table } })).send(get());
    at.advance(100);
    expect(cluster.peers.map(({ params }) => params.serverName)).toEqual(['inner.example', 'inner.example']);
    expect(cluster.peers.map(({ params }) => params.verifyName)).toEqual(['inner.example', 'inner.example']);
  });
});

describe('pools by names that clients choose', () => {
  const http = { autoSni: true };

  it('are forgotten when no connection could be made', () => {
    const all = world({ http, connect: () => ({ kind: 'refused', detail: '' }) });
    all.connect().send(get());
    const first = poolOf(all, 'other.example');
    expect(poolOf(all, 'other.example')).toBe(first);
    const before = poolOf(all, 'a.example');
    all.connect().send(get());
    expect(poolOf(all, 'a.example')).not.toBe(before);
  });

  it('are forgotten when nobody could wait in them', () => {
    const all = world({ http, limits: { maxPendingRequests: 0 } });
    const before = poolOf(all, 'a.example');
    expect(all.connect().send(get()).take()).toContain(' 503 ');
    expect(poolOf(all, 'a.example')).not.toBe(before);
  });
});

describe('connections', () => {
  it('stay in use when a request finds too many others at work', () => {
    const { cluster, connect, at } = world({ limits: { maxRequests: 1 } });
    const busy = connect().send(get());
    for (let i = 0; i < 5; i++) expect(connect().send(get()).take()).toContain('x-envoy-overloaded: true');
    // One for the request that runs, one that was made for the second.
    expect(cluster.peers).toHaveLength(2);
    cluster.peers[0]?.write(ok);
    at.run();
    expect(busy.take()).toContain('hi');
  });

  it.each([
    ['is idle for too long', ''],
    ['breaks the protocol', '\0\0\0\x02\0\0\0\0\0'],
    ['says that it goes away', '\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\0'],
  ])('by HTTP/2 are gone when the host %s and never closes', async (_, bytes) => {
    const { at, cluster, connect } = world({
      http: { protocol: 'http2', idleTimeoutMs: bytes === '' ? 1_000 : 60_000 },
    });
    cluster.onPeer = (peer) => {
      const codec = http2Upstream(peer, (exchange) =>
        exchange.sendHead({ status: 200, headers: new HeaderList(), version: '2' }, true),
      );
      peer.pair.far.reader = {
        onBytes: (chunk) => codec.onBytes(chunk),
        onEnd: () => undefined,
        onDrain: () => codec.onDrain(),
        onClose: () => codec.onClose(),
      };
    };
    const client = connect().send(get());
    await Promise.resolve().then(() => at.run());
    expect(client.take()).toContain(' 200 ');
    expect(cluster.limits.connections.used).toBe(1);
    cluster.peers[0]?.write(bytes);
    at.run();
    at.advance(bytes === '' ? 2_200 : 1_100);
    expect(cluster.limits.connections.used).toBe(0);
  });

  it('grow old also when they were never used', () => {
    const at = new HttpWorld();
    const handlers: Parameters<NonNullable<FakeClusterParams['connect']>>[0][] = [];
    const cluster = at.cluster({ name: 'up', http: { idleTimeoutMs: 1_000 } });
    const connectNow = cluster.connect.bind(cluster);
    cluster.connect = (params) => {
      handlers.push(params);
      return () => undefined;
    };
    const table = routeTable([route('/', forwardTo('up'))]);
    const client = at.connect(at.manager({ routes: { kind: 'inline', table } }));
    client.send(get());
    client.pair.far.destroy();
    at.run();
    connectNow(handlers[0] as never);
    at.run();
    expect(cluster.peers[0]?.closed).toBe(false);
    at.advance(1_100);
    expect(cluster.peers[0]?.closed).toBe(true);
  });
});
