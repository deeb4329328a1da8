import { describe, expect, it } from 'vitest';
import { forwardTo, route, routeTable } from '../../test/http/configs.ts';
import { HttpWorld } from '../../test/http/http-world.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: 1\r\n\r\nhi';
const date = /date: [^\r]+\r\n/g;
const requestId = /x-request-id: [0-9a-f-]{36}\r\n/g;

function world() {
  const made = new HttpWorld();
  const cluster = made.cluster({ name: 'up' });
  const table = routeTable([
    route('/up', forwardTo('up')),
    route('/missing', forwardTo('missing')),
    route('/direct', { kind: 'direct-response', status: 200, body: 'hello' }),
    route('/moved', { kind: 'redirect', authority: 'x.com', code: 301 }),
  ]);
  const manager = made.manager({ routes: { kind: 'inline', table } });
  return { world: made, cluster, manager };
}

describe('an HTTP connection manager', () => {
  it('forwards a request and its response, with the fields that Envoy adds', () => {
    const { world: at, cluster, manager } = world();
    const client = at.connect(manager).send('GET /up?a HTTP/1.1\r\nHost: a.com:80\r\nX-A: b\r\n\r\n');
    const [peer] = cluster.peers;
    expect(peer?.received.replaceAll(requestId, '')).toBe(
      'GET /up?a HTTP/1.1\r\nhost: a.com:80\r\nx-a: b\r\nx-forwarded-proto: http\r\nx-envoy-expected-rq-timeout-ms: 15000\r\n\r\n',
    );
    peer?.write(ok);
    at.run();
    expect(client.take().replaceAll(date, '')).toBe(
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-up: 1\r\nx-envoy-upstream-service-time: 0\r\nserver: envoy\r\n\r\nhi',
    );
    expect(at.stat('http.in.downstream_rq_2xx')).toBe(1);
    expect(at.stat('http.in.downstream_rq_active')).toBe(0);
    expect(at.stat('cluster.up.upstream_rq_200')).toBe(1);
    expect(at.stat('cluster.up.upstream_rq_active')).toBe(0);
  });

  it('uses connections again', () => {
    const { world: at, cluster, manager } = world();
    cluster.respond = () => ok;
    const client = at.connect(manager);
    for (let i = 0; i < 5; i++) client.send('POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc');
    expect(client.take().match(/200 OK/g)).toHaveLength(5);
    expect(cluster.peers).toHaveLength(1);
    expect(cluster.limits.connections.used).toBe(1);
    expect(cluster.limits.requests.used).toBe(0);
  });

  it.each([
    ['/nowhere', 404, ''],
    ['/missing', 503, ''],
    ['/direct', 200, 'hello'],
    ['/moved?q', 301, ''],
  ])('answers %s by itself with %i', (path, status, body) => {
    const { world: at, manager } = world();
    const client = at.connect(manager).send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    expect(client.received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n${body}$`));
    if (status === 301) expect(client.received).toContain('location: http://x.com/moved?q\r\n');
  });

  it('tells a failed connection in Envoy words', () => {
    const { world: at, manager } = world();
    const detail = 'delayed connect error: Connection refused';
    at.cluster({ name: 'up', connect: () => ({ kind: 'refused', detail }) });
    const client = at.connect(manager).send('GET /up HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(client.received.replaceAll(date, '')).toBe(
      'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 98\r\ncontent-type: text/plain\r\nserver: envoy\r\n\r\n' +
        'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
    );
    expect(at.stat('cluster.up.upstream_rq_pending_failure_eject')).toBe(1);
    expect(at.stat('cluster.up.upstream_rq_503')).toBe(1);
  });
});
