import { describe, expect, it } from 'vitest';
import { noHeaderEdits, type RetryIr } from '@malla/ir';
import { forwardExtras, forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import type { FakeClusterParams } from '../../../test/http/fake-cluster.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const busy = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy';
const get = 'GET /up HTTP/1.1\r\nhost: a\r\n\r\n';

const retry = (change: Partial<RetryIr> = {}): RetryIr => ({
  attempts: 2,
  retryOn: ['5xx'],
  retriableStatusCodes: [],
  backoffBaseMs: 25,
  ignorePreviousHosts: false,
  ...change,
});

function world(
  params: {
    forward?: Parameters<typeof forwardTo>[1];
    extras?: Parameters<typeof forwardExtras>[0];
    cluster?: Partial<FakeClusterParams>;
    host?: Parameters<typeof routeTable>[1];
    bufferLimitBytes?: number;
  } = {},
) {
  const at = new HttpWorld();
  const cluster = at.cluster({ name: 'up', ...params.cluster });
  const table = routeTable(
    [route('/', forwardTo('up', params.forward), { forward: forwardExtras(params.extras) })],
    params.host,
  );
  const { bufferLimitBytes } = params;
  const manager = at.manager(
    { routes: { kind: 'inline', table } },
    bufferLimitBytes === undefined ? undefined : { bufferLimitBytes },
  );
  return { at, cluster, client: at.connect(manager), manager };
}

/** Nothing is held for a request any more. */
function expectRest({ at, cluster }: ReturnType<typeof world>): void {
  expect(cluster.limits.requests.used).toBe(0);
  expect(cluster.limits.pendingRequests.used).toBe(0);
  expect(cluster.limits.retries.used).toBe(0);
  expect(at.stat('http.in.downstream_rq_active')).toBe(0);
  expect(at.stat('cluster.up.upstream_rq_active')).toBe(0);
  expect(cluster.hosts.every(({ activeRequests }) => activeRequests === 0)).toBe(true);
}

describe('retries', () => {
  it('tries again after a back-off, and counts it', () => {
    const all = world({ forward: { retry: retry() }, host: { includeRequestAttemptCount: true } });
    const { at, cluster, client } = all;
    let tries = 0;
    cluster.respond = () => (++tries < 3 ? busy : ok);
    client.send(get);
    expect(tries).toBe(1);
    at.advance(200);
    expect(tries).toBe(3);
    expect(client.take()).toMatch(/^HTTP\/1.1 200 OK/);
    expect(at.stat('cluster.up.upstream_rq_retry')).toBe(2);
    expect(at.stat('cluster.up.upstream_rq_retry_success')).toBe(1);
    expect(at.stat('cluster.up.retry.upstream_rq_503')).toBe(2);
    expectRest(all);
  });

  it('gives the last answer when they are used up', () => {
    const all = world({ forward: { retry: retry({ attempts: 1 }) } });
    all.cluster.respond = () => busy;
    all.client.send(get);
    all.at.advance(100);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 503 [^]*busy$/);
    expect(all.at.stat('cluster.up.upstream_rq_retry_limit_exceeded')).toBe(1);
    expectRest(all);
  });

  it('sends the body again', () => {
    const all = world({ forward: { retry: retry() } });
    const bodies: string[] = [];
    all.cluster.respond = (request) => {
      if (!request.endsWith('abcdef')) return undefined;
      bodies.push(request.slice(-6));
      return bodies.length < 2 ? busy : ok;
    };
    all.client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabc').send('def');
    all.at.advance(100);
    expect(bodies).toEqual(['abcdef', 'abcdef']);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200/);
    expectRest(all);
  });

  it('gives up retries of a body above the buffer limit', () => {
    const all = world({ forward: { retry: retry() }, bufferLimitBytes: 4 });
    all.cluster.respond = (request) => (request.endsWith('abcdef') ? busy : undefined);
    all.client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabc').send('def');
    all.at.advance(100);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 503/);
    expect(all.at.stat('cluster.up.retry_or_shadow_abandoned')).toBe(1);
    expectRest(all);
  });

  it('goes to another host when the policy says so', () => {
    const hosts: string[] = [];
    const all = world({
      forward: { retry: retry({ retryOn: ['connect-failure'], ignorePreviousHosts: true }) },
      extras: { hostSelectionRetryMaxAttempts: 5 },
      cluster: {
        hosts: 3,
        connect: ({ host }) => {
          hosts.push(host.key);
          return { kind: 'refused', detail: '' };
        },
      },
    });
    all.client.send(get);
    all.at.advance(500);
    expect(new Set(hosts).size).toBe(3);
    expect(all.client.take()).toContain('retried and the latest reset reason: remote connection failure');
    expectRest(all);
  });

  it('stops when too many requests are being retried', () => {
    const all = world({ forward: { retry: retry() }, cluster: { limits: { maxRetries: 0 } } });
    all.cluster.respond = () => busy;
    all.client.send(get);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 503/);
    expect(all.cluster.overflows).toEqual(['retries']);
    expectRest(all);
  });

  it('retries a try that takes too long', () => {
    const all = world({ forward: { retry: retry({ perTryTimeoutMs: 50 }) } });
    let tries = 0;
    all.cluster.respond = () => (++tries === 1 ? undefined : ok);
    all.client.send(get);
    all.at.advance(40);
    expect(tries).toBe(1);
    all.at.advance(100);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(all.at.stat('cluster.up.upstream_rq_per_try_timeout')).toBe(1);
    expectRest(all);
  });
});

describe('timeouts', () => {
  it('answers 504 when the route timeout is over, from the end of the request', () => {
    const all = world({ forward: { timeoutMs: 100 } });
    all.client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na');
    all.at.advance(1000);
    expect(all.client.take()).toBe('');
    all.client.send('b');
    all.at.advance(99);
    expect(all.client.take()).toBe('');
    all.at.advance(2);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 504 [^]*upstream request timeout$/);
    expect(all.at.stat('cluster.up.upstream_rq_timeout')).toBe(1);
    expect(all.cluster.peers[0]?.closed).toBe(true);
    expectRest(all);
  });

  it('ends a stream that rests too long', () => {
    const all = world();
    all.client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na');
    all.at.advance(300_001);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 408 [^]*stream timeout$/);
    expect(all.at.stat('http.in.downstream_rq_idle_timeout')).toBe(1);
    expectRest(all);
  });
});

describe('limits', () => {
  it('answers 503 overflow when too many requests wait', () => {
    const all = world({ cluster: { limits: { maxPendingRequests: 0 } } });
    all.client.send(get);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 503 [^]*x-envoy-overloaded: true[^]*reset reason: overflow$/);
    expectRest(all);
  });

  it('keeps to the limit of connections, and serves who waits', () => {
    const all = world({ cluster: { limits: { maxConnections: 1 } } });
    const others = [all.at.connect(all.manager), all.at.connect(all.manager)];
    all.client.send(get);
    for (const other of others) other.send(get);
    expect(all.cluster.peers).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      all.cluster.peers[0]?.write(ok);
      all.at.run();
    }
    for (const client of [all.client, ...others]) expect(client.take()).toMatch(/^HTTP\/1.1 200/);
    expectRest(all);
  });
});

describe('the end of a client', () => {
  it('gives up the request upstream', () => {
    const all = world();
    all.client.send(get);
    all.client.pair.far.destroy();
    all.at.run();
    expect(all.cluster.peers[0]?.closed).toBe(true);
    expect(all.at.stat('http.in.downstream_rq_rx_reset')).toBe(1);
    expectRest(all);
  });
});

describe('back-pressure', () => {
  const large = Buffer.alloc(1 << 20, 'x');

  it('stops reading upstream while the client does not read', () => {
    const all = world();
    all.client.send(get);
    const peer = all.cluster.peers[0];
    all.client.pair.far.paused = true;
    peer?.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length * 8}\r\n\r\n`);
    for (let i = 0; i < 8; i++) {
      for (let at = 0; at < large.length; at += 65536) peer?.pair.far.write(large.subarray(at, at + 65536));
      all.at.run();
    }
    const waiting = all.client.pair.near.bufferedBytes;
    expect(waiting).toBeLessThan(1 << 20);
    expect(all.at.stat('cluster.up.upstream_flow_control_paused_reading_total')).toBeGreaterThan(0);
    all.client.pair.far.paused = false;
    all.at.run();
    expect(all.client.received.length).toBeGreaterThan(8 << 20);
    expectRest(all);
  });

  it('stops reading the client while the upstream does not read', () => {
    const all = world();
    all.client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${large.length * 8}\r\n\r\n`);
    const peer = all.cluster.peers[0];
    if (peer === undefined) throw new Error('no connection');
    peer.pair.far.paused = true;
    for (let i = 0; i < 8; i++) {
      for (let at = 0; at < large.length; at += 65536) all.client.pair.far.write(large.subarray(at, at + 65536));
      all.at.run();
    }
    expect(peer.pair.near.bufferedBytes).toBeLessThan(1 << 20);
    peer.pair.far.paused = false;
    all.at.run();
    expect(peer.received.length).toBeGreaterThan(8 << 20);
    peer.write(ok);
    all.at.run();
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200/);
    expectRest(all);
  });
});

describe('mirrors', () => {
  it('sends a copy of the whole request, and waits for nothing', () => {
    const all = world({ forward: { mirrors: [{ cluster: 'shadow', percent: 100 }] } });
    const shadow = all.at.cluster({ name: 'shadow' });
    all.client.send('POST /x HTTP/1.1\r\nhost: a.com:80\r\ncontent-length: 6\r\n\r\nabc').send('def');
    expect(shadow.peers[0]?.received).toMatch(/^POST \/x HTTP\/1.1\r\nhost: a.com:80\r\n[^]*\r\n\r\nabcdef$/);
    all.cluster.peers[0]?.write(ok);
    all.at.run();
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200/);
    shadow.peers[0]?.write(busy);
    all.at.run();
    expect(shadow.limits.requests.used).toBe(0);
    expect(all.at.stat('cluster.shadow.upstream_rq_503')).toBe(1);
    expectRest(all);
  });
});

describe('destinations', () => {
  it('drains connections of a host that is gone', () => {
    const all = world();
    all.client.send(get);
    const [host] = all.cluster.hosts;
    if (host !== undefined) all.cluster.dropHost(host);
    all.cluster.peers[0]?.write(ok);
    all.at.run();
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(all.cluster.peers[0]?.closed).toBe(true);
    expect(all.cluster.limits.connections.used).toBe(0);
    all.client.send(get);
    expect(all.client.take()).toMatch(/^HTTP\/1.1 503 [^]*no healthy upstream$/);
  });

  it('keeps the answer of a request that is not over yet, and closes', () => {
    const all = world();
    all.client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\nabc');
    all.cluster.peers[0]?.write(ok);
    all.at.run();
    expect(all.client.take()).toMatch(/^HTTP\/1.1 200 [^]*connection: close[^]*hi$/);
    expect(all.cluster.peers[0]?.closed).toBe(true);
    expectRest(all);
  });

  it('edits by the chosen destination', () => {
    const all = world({
      forward: {
        destinations: [
          {
            cluster: 'up',
            weight: 1,
            headers: { ...noHeaderEdits, request: { set: [['x-a', '1']], add: [], remove: ['x-b'] } },
            hostRewrite: 'other',
          },
        ],
      },
    });
    all.client.send('GET / HTTP/1.1\r\nhost: a\r\nx-b: 1\r\n\r\n');
    const received = all.cluster.peers[0]?.received ?? '';
    expect(received).toContain('host: other\r\n');
    expect(received).toContain('x-a: 1\r\n');
    expect(received).not.toContain('x-b');
  });
});
