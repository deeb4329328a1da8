import { describe, expect, it } from 'vitest';
import { HeaderList, type ServerExchange } from '@malla/http-codec';
import { forwardTo, route, routeTable } from '../../test/http/configs.ts';
import type { FakeClusterParams } from '../../test/http/fake-cluster.ts';
import { Answer, http2Client, http2Upstream, requestHead } from '../../test/http/http2-peers.ts';
import { HttpWorld } from '../../test/http/http-world.ts';

function world(http: FakeClusterParams['http']) {
  const at = new HttpWorld();
  const cluster = at.cluster({ name: 'up', ...(http && { http }) });
  const manager = at.manager({ routes: { kind: 'inline', table: routeTable([route('/', forwardTo('up'))]) } });
  const client = at.connect(manager);
  const connection = http2Client(client);
  const settle = async (): Promise<void> => {
    // The HTTP/2 codec sends what is written outside of a turn in a microtask.
    for (let i = 0; i < 5; i++) {
      await Promise.resolve();
      at.run();
    }
  };
  return { at, cluster, client, connection, settle, manager };
}

/** Connections of the cluster speak HTTP/2 from their begin. */
function serveHttp2(cluster: ReturnType<typeof world>['cluster'], onRequest: (exchange: ServerExchange) => void): void {
  cluster.onPeer = (peer) => void http2Upstream(peer, onRequest);
}

const grpc = () => new HeaderList(['content-type', 'te'], ['application/grpc', 'trailers']);

describe('HTTP/2', () => {
  it('carries a gRPC call with trailers both ways', async () => {
    const { cluster, connection, settle, at } = world({ protocol: 'http2' });
    const got: string[] = [];
    serveHttp2(cluster, (exchange) => {
      exchange.receiver = {
        onData: (chunk) => void got.push(chunk.toString()),
        onTrailers: (trailers) => {
          got.push(trailers.first('x-end') ?? '');
          exchange.sendHead(
            { status: 200, headers: new HeaderList(['content-type'], ['application/grpc']), version: '2' },
            false,
          );
          exchange.sendData(Buffer.from('pong'), false);
          exchange.sendTrailers(new HeaderList(['grpc-status'], ['0']));
        },
        onReset: () => undefined,
        onWritable: () => undefined,
      };
    });
    const answer = new Answer(connection, requestHead({ method: 'POST', headers: grpc() }), false);
    await settle();
    answer.exchange.sendData(Buffer.from('ping'), false);
    answer.exchange.sendTrailers(new HeaderList(['x-end'], ['yes']));
    await settle();
    expect(got).toEqual(['ping', 'yes']);
    expect(answer).toMatchObject({ body: 'pong', ended: true });
    expect(answer.head?.status).toBe(200);
    expect(answer.trailers?.first('grpc-status')).toBe('0');
    expect(at.stat('http.in.downstream_rq_http2_total')).toBe(1);
    expect(at.stat('cluster.up.upstream_cx_http2_total')).toBe(1);
    expect(cluster.limits.requests.used).toBe(0);
  });

  it('carries many streams by one connection', async () => {
    const { cluster, connection, settle } = world({ protocol: 'http2' });
    const waiting: ServerExchange[] = [];
    serveHttp2(cluster, (exchange) => void waiting.push(exchange));
    const answers = Array.from({ length: 20 }, (_, i) => new Answer(connection, requestHead({ path: `/${i}` })));
    await settle();
    expect(cluster.peers).toHaveLength(1);
    expect(waiting).toHaveLength(20);
    for (const exchange of waiting.toReversed()) {
      exchange.sendHead({ status: 200, headers: new HeaderList(['x-path'], [exchange.head.path]), version: '2' }, true);
    }
    await settle();
    expect(answers.map(({ head }) => head?.headers.first('x-path'))).toEqual(answers.map((_, i) => `/${i}`));
    expect(cluster.limits.requests.used).toBe(0);
  });

  it('speaks HTTP/1 to the upstream for an HTTP/2 client', async () => {
    const { cluster, connection, settle } = world({ protocol: 'http1' });
    cluster.respond = () => 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
    const answers = [new Answer(connection, requestHead()), new Answer(connection, requestHead())];
    await settle();
    expect(answers.map(({ body }) => body)).toEqual(['hi', 'hi']);
    expect(cluster.peers).toHaveLength(2);
  });

  it('speaks to the upstream what the client speaks', async () => {
    const { cluster, connection, settle, at, manager } = world({ protocol: 'downstream' });
    serveHttp2(cluster, (exchange) =>
      exchange.sendHead({ status: 204, headers: new HeaderList(), version: '2' }, true),
    );
    const answer = new Answer(connection, requestHead());
    await settle();
    expect(answer.head?.status).toBe(204);
    cluster.onPeer = undefined;
    cluster.respond = () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    const other = at.connect(manager).send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(other.received).toMatch(/^HTTP\/1.1 200/);
  });

  it('answers gRPC by trailers alone', async () => {
    const { cluster, connection, settle } = world(undefined);
    cluster.hosts.length = 0;
    const answer = new Answer(connection, requestHead({ method: 'POST', headers: grpc() }), false);
    await settle();
    expect(answer.head?.status).toBe(200);
    expect(answer.head?.headers.first('grpc-status')).toBe('14');
    expect(answer.head?.headers.first('grpc-message')).toBe('no healthy upstream');
    expect(answer.ended).toBe(true);
  });

  it('resets the stream upstream when the client resets its own', async () => {
    const { cluster, connection, settle, at } = world({ protocol: 'http2' });
    const resets: string[] = [];
    serveHttp2(cluster, (exchange) => {
      exchange.receiver = {
        onData: () => undefined,
        onTrailers: () => undefined,
        onReset: (reason) => void resets.push(reason),
        onWritable: () => undefined,
      };
    });
    const answer = new Answer(connection, requestHead({ method: 'POST' }), false);
    await settle();
    answer.exchange.reset();
    await settle();
    expect(resets).toEqual(['remote-reset']);
    expect(at.stat('cluster.up.upstream_rq_tx_reset')).toBe(1);
    expect(cluster.limits.requests.used).toBe(0);
  });

  it('tells a reset of the upstream in Envoy words', async () => {
    const { cluster, connection, settle } = world({ protocol: 'http2' });
    serveHttp2(cluster, (exchange) => exchange.reset());
    const answer = new Answer(connection, requestHead());
    await settle();
    expect(answer.head?.status).toBe(503);
    expect(answer.body).toContain('reset reason: remote ');
  });

  it('says goodbye when the worker drains', async () => {
    const { cluster, connection, settle, at } = world({ protocol: 'http1' });
    cluster.respond = () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    at.draining = true;
    const answer = new Answer(connection, requestHead());
    await settle();
    expect(answer.head?.status).toBe(200);
    expect(connection.capacity).toBe(0);
  });
});
