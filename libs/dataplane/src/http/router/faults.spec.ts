import { HeaderList, type ServerExchange } from '@malla/http-codec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import type { FakeClusterParams } from '../../../test/http/fake-cluster.ts';
import { http2Upstream } from '../../../test/http/http2-peers.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';
import { onTransportFault } from '../../transport/socket-transport.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a.example\r\n\r\n`;

describe('a fault in the work for one request', () => {
  let faults: string[];
  beforeEach(() => {
    faults = [];
    onTransportFault((error) => faults.push((error as Error).message));
  });
  afterEach(() => onTransportFault(() => undefined));

  function world(params: Partial<FakeClusterParams> = {}) {
    const at = new HttpWorld();
    const cluster = at.cluster({ name: 'up', ...params });
    const table = routeTable([route('/', forwardTo('up'))]);
    const sink = { kind: 'file', path: '/log', format: { kind: 'text', format: '%PATH%' } } as const;
    const manager = at.manager({ routes: { kind: 'inline', table }, accessLog: [{ sink } as never] });
    return { at, cluster, connect: () => at.connect(manager) };
  }

  it('ends neither the connection to the host nor other requests on it', async () => {
    const { at, cluster, connect } = world({ http: { protocol: 'http2' } });
    const exchanges: ServerExchange[] = [];
    cluster.onPeer = (peer) => void http2Upstream(peer, (exchange) => exchanges.push(exchange));
    at.services.logs.line = (_path, text) => {
      if (text.includes('/bad')) throw new Error('a bug');
    };
    connect().send(get('/bad'));
    const other = connect().send(get('/good'));
    for (const exchange of exchanges) {
      exchange.sendHead({ status: 200, headers: HeaderList.of(['content-length', '0']), version: '2' }, true);
    }
    await Promise.resolve();
    at.run();
    expect(faults).toEqual(['a bug']);
    expect(other.take()).toContain('200 OK');
    connect().send(get('/good'));
    expect(cluster.peers).toHaveLength(1);
    expect(cluster.limits.requests.used).toBe(1);
  });

  it('that comes when its connection stands is heard by who waits, and leaves nothing behind', () => {
    const { cluster, connect } = world();
    const thrown: unknown[] = [];
    cluster.connect = ({ handler }) => {
      const broken = {
        get remote(): never {
          throw new Error('a bug');
        },
      };
      try {
        handler.onConnected(broken as never);
      } catch (error) {
        thrown.push(error);
      }
      return () => undefined;
    };
    const client = connect().send(get('/'));
    expect(client.take()).toContain(' 503 ');
    expect(thrown).toHaveLength(1);
    const { connections, pendingRequests, requests } = cluster.limits;
    expect([connections.used, pendingRequests.used, requests.used]).toEqual([0, 0, 0]);
  });
});
