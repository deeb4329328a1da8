import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Host } from '@malla/balancing';
import type { TransportReader } from '@malla/http-codec';
import type { ClusterConfig, HealthCheckConfig } from '@malla/proxy-config';
import { waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeTimers } from '../../test/http/fake-timers.ts';
import {
  clusterConfig,
  endpointConfig,
  endpointsConfig,
  listenerConfig,
  loopback,
} from '../../test/sockets/configs.ts';
import { OddAuthority } from '../../test/sockets/odd-certificates.ts';
import { nextChunk, SocketsWorld } from '../../test/sockets/sockets-world.ts';
import { certificateSecret, rootSecret, upstreamTls } from '../../test/sockets/tls-configs.ts';
import type { ConnectionInfo } from '../runtime/connection.ts';
import type { ClusterRuntime, ConnectFailure, UpstreamConnection } from '../runtime/upstream.ts';
import { onTransportFault } from '../transport/socket-transport.ts';
import { silentStats } from './silent-stats.ts';
import { DnsHosts } from './dns-hosts.ts';

const quiet: TransportReader = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

describe('clusters', () => {
  let world: SocketsWorld;

  beforeEach(() => {
    world = new SocketsWorld();
  });
  afterEach(() => world.close());

  function cluster(config: ClusterConfig): ClusterRuntime {
    world.clusters.apply([config]);
    return world.clusters.get(config.name) as ClusterRuntime;
  }

  function connect(to: ClusterRuntime, host: Host): Promise<UpstreamConnection | ConnectFailure> {
    return new Promise((resolve) => {
      to.connect({
        host,
        handler: {
          onConnected: (connection) => {
            resolve(connection);
            return quiet;
          },
          onFailed: resolve,
        },
      });
    });
  }

  it('tells of an address that cannot even be tried, and of nothing else', async () => {
    const faults: unknown[] = [];
    onTransportFault((error) => faults.push((error as NodeJS.ErrnoException).code));
    const up = cluster(clusterConfig([70_000]));
    expect(await connect(up, up.pick({}) as Host)).toEqual({ kind: 'unreachable', detail: '' });
    onTransportFault(() => undefined);
    expect(faults).toEqual(['ERR_SOCKET_BAD_PORT']);
    await waitFor(() => world.stat('cluster.up.upstream_cx_active') === 0, { what: 'the end of the attempt' });
    expect(world.stat('cluster.up.upstream_cx_connect_fail')).toBe(1);
  });

  function ports(of: ClusterRuntime): Set<string> {
    return new Set(Array.from({ length: 12 }, () => of.pick({})?.key ?? 'none'));
  }

  const health = (over: Partial<HealthCheckConfig> = {}): HealthCheckConfig => ({
    name: '',
    timeoutMs: 1_000,
    intervalMs: 30,
    unhealthyThreshold: 2,
    healthyThreshold: 1,
    intervalJitterMs: 0,
    noTrafficIntervalMs: 30,
    check: { kind: 'tcp' },
    ...over,
  });

  it('stays the same object when only endpoints change, and tells what has gone', () => {
    const first = cluster(clusterConfig([1, 2]));
    const gone: string[] = [];
    first.onHostGone((host) => gone.push(host.key));
    const second = cluster(clusterConfig([2, 3]));
    expect(second).toBe(first);
    expect(ports(second)).toEqual(new Set(['127.0.0.1:2', '127.0.0.1:3']));
    expect(gone).toEqual(['127.0.0.1:1']);
    expect(world.stat('cluster.up.membership_total')).toBe(2);
    expect(world.stat('cluster.up.membership_change')).toBe(2);
  });

  it('is a new object when its configuration changes; the old one closes after that', () => {
    const first = cluster(clusterConfig([1]));
    let current: ClusterRuntime | undefined;
    first.onClosed(() => (current = world.clusters.get('up')));
    const second = cluster(clusterConfig([1], { connectTimeoutMs: 7 }));
    expect(second).not.toBe(first);
    expect(current).toBe(second);
    world.clusters.remove(['up']);
    expect(world.clusters.get('up')).toBeUndefined();
    expect(world.stat('cluster.up.membership_total')).toBe(0);
  });

  it('takes endpoints by their EDS name, whichever comes first', () => {
    world.clusters.applyEndpoints([endpointsConfig([1], 'service')]);
    const eds = cluster(
      clusterConfig([], { discovery: { kind: 'eds', serviceName: 'service', fetchTimeoutMs: 15_000 } }),
    );
    expect(ports(eds)).toEqual(new Set(['127.0.0.1:1']));
    world.clusters.applyEndpoints([endpointsConfig([2], 'service')]);
    expect(ports(eds)).toEqual(new Set(['127.0.0.1:2']));
  });

  it('times out, says that nobody listens, and gives up when asked to', async () => {
    // No one answers at an address of the documentation range; where it is refused at once, so be it.
    const up = cluster(clusterConfig([1], { connectTimeoutMs: 50 }));
    const host = up.pick({}) as Host;
    expect(await connect(up, host)).toEqual({ kind: 'refused', detail: 'delayed connect error: Connection refused' });
    expect(world.stat('cluster.up.upstream_cx_connect_fail')).toBe(1);
    let failed = false;
    const giveUp = up.connect({ host, handler: { onConnected: () => quiet, onFailed: () => void (failed = true) } });
    giveUp();
    await waitFor(() => world.stat('cluster.up.upstream_cx_active') === 0, { what: 'the end' });
    expect(failed).toBe(false);
  });

  it('times out in the TLS handshake', async () => {
    const authority = new OddAuthority();
    world.secrets.update([rootSecret('root', authority.certPem), certificateSecret('client', authority.issue({}))]);
    const silent = await world.serve(() => undefined);
    const transport = { kind: 'tls', tls: upstreamTls() } as const;
    const up = cluster(clusterConfig([silent], { connectTimeoutMs: 60, transport }));
    expect(await connect(up, up.pick({}) as Host)).toEqual({ kind: 'timeout', detail: '' });
    expect(world.stat('cluster.up.upstream_cx_connect_timeout')).toBe(1);
    await waitFor(() => world.stat('cluster.up.upstream_cx_connect_fail') === 1, { what: 'the failure' });
  });

  it('connects from the bind address of the right family', async () => {
    const from: (string | undefined)[] = [];
    const port = await world.serve((socket) => from.push(socket.remoteAddress));
    const up = cluster(clusterConfig([port], { bindAddresses: ['::6', '127.0.0.6'] }));
    const connection = (await connect(up, up.pick({}) as Host)) as UpstreamConnection;
    await waitFor(() => from.length === 1, { what: 'the connection' });
    expect(from).toEqual(['127.0.0.6']);
    expect(connection.local.address).toBe('127.0.0.6');
    connection.transport.destroy();
  });

  it('chooses the transport by the labels of the endpoint', async () => {
    const seen: number[] = [];
    const port = await world.serve((socket: Socket) =>
      socket.once('data', (chunk: Buffer) => seen.push(chunk[0] ?? 0)),
    );
    const authority = new OddAuthority();
    world.secrets.update([rootSecret('root', authority.certPem), certificateSecret('client', authority.issue({}))]);
    const labelled = endpointConfig(loopback(port), {
      metadata: { 'envoy.transport_socket_match': { tlsMode: 'istio' } },
    });
    const up = (metadata: boolean): ClusterRuntime => {
      const endpoints = endpointsConfig([port]);
      const [group] = endpoints.localities;
      const localities = metadata ? [{ ...group!, endpoints: [labelled] }] : endpoints.localities;
      return cluster(
        clusterConfig([], {
          discovery: { kind: 'static', endpoints: { ...endpoints, localities } },
          connectTimeoutMs: metadata ? 200 : 201,
          transportMatches: [
            { name: 'tls', labels: { tlsMode: 'istio' }, transport: { kind: 'tls', tls: upstreamTls() } },
            { name: 'plain', labels: {}, transport: { kind: 'plain' } },
          ],
          transport: { kind: 'tls', tls: upstreamTls() },
        }),
      );
    };
    const secured = up(true);
    await connect(secured, secured.pick({}) as Host);
    await waitFor(() => seen.length === 1, { what: 'a ClientHello' });
    expect(seen).toEqual([22]);
    const plain = up(false);
    const connection = (await connect(plain, plain.pick({}) as Host)) as UpstreamConnection;
    connection.transport.write('A');
    await waitFor(() => seen.length === 2, { what: 'plain bytes' });
    expect(seen[1]).toBe(65);
    connection.transport.destroy();
  });

  it('goes where a connection was going, and forgets hosts that nobody uses', () => {
    const up = cluster(
      clusterConfig([], { discovery: { kind: 'original-dst' }, loadBalancer: { kind: 'cluster-provided' } }),
    );
    const to = (port: number): ConnectionInfo =>
      ({ originalDestination: { address: '127.0.0.1', port } }) as unknown as ConnectionInfo;
    expect(up.pick({})).toBeUndefined();
    const host = up.pick({ downstream: to(5) });
    expect(host?.key).toBe('127.0.0.1:5');
    expect(up.pick({ downstream: to(5) })).toBe(host);
    expect(up.pick({ downstream: {} as ConnectionInfo })).toBeUndefined();
  });

  it('checks health by connecting, and brings hosts back', async () => {
    let open = true;
    const port = await world.serve((socket) => {
      if (!open) socket.destroy();
    });
    const up = cluster(clusterConfig([port, 1], { healthChecks: [health()] }));
    expect(up.pick({})).toBeUndefined();
    await waitFor(() => up.pick({})?.key === `127.0.0.1:${port}`, { what: 'a healthy host' });
    expect(ports(up)).toEqual(new Set([`127.0.0.1:${port}`]));
    expect(world.stat('cluster.up.membership_healthy')).toBe(1);
    expect(world.stat('cluster.up.health_check.healthy')).toBe(1);
    expect(world.stat('cluster.up.upstream_cx_total')).toBe(0);
    open = false;
  });

  it('checks health in HTTP', async () => {
    let status = 200;
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.method, request.url, request.headers.host, request.headers['user-agent']]);
      response.writeHead(status).end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = {
      kind: 'http',
      host: '',
      path: '/healthz',
      method: 'GET',
      expectedStatuses: [],
      http2: false,
      requestHeadersToAdd: [],
    } as const;
    const up = cluster(clusterConfig([port], { healthChecks: [health({ check })] }));
    await waitFor(() => up.pick({}) !== undefined, { what: 'a healthy host' });
    expect(seen[0]).toEqual(['GET', '/healthz', 'up', 'Envoy/HC']);
    const gone: string[] = [];
    up.onHostGone((host) => gone.push(host.key));
    status = 503;
    await waitFor(() => up.pick({}) === undefined, { what: 'an unhealthy host' });
    expect(gone).toEqual([`127.0.0.1:${port}`]);
    status = 200;
    await waitFor(() => up.pick({}) !== undefined, { what: 'the host back' });
    server.closeAllConnections();
    server.close();
  });

  it('ejects hosts that cannot be reached', async () => {
    const outlier = {
      consecutive5xx: 2,
      enforcingConsecutive5xx: 100,
      consecutiveGatewayFailure: 5,
      enforcingConsecutiveGatewayFailure: 0,
      splitExternalLocalOriginErrors: false,
      consecutiveLocalOriginFailure: 5,
      enforcingConsecutiveLocalOriginFailure: 100,
      intervalMs: 20,
      baseEjectionTimeMs: 60,
      maxEjectionTimeMs: 300_000,
      maxEjectionPercent: 100,
      maxEjectionTimeJitterMs: 0,
    };
    const alive = await world.serve((socket) => socket.pipe(socket));
    const up = cluster(clusterConfig([alive, 1], { outlier }));
    const port = await world.listen(listenerConfig());
    for (let i = 0; i < 4; i++) (await world.connect(port)).end();
    await waitFor(() => world.stat('cluster.up.outlier_detection.ejections_active') === 1, { what: 'an ejection' });
    expect(ports(up)).toEqual(new Set([`127.0.0.1:${alive}`]));
    const socket = await world.connect(port);
    socket.write('x');
    expect((await nextChunk(socket)).toString()).toBe('x');
    await waitFor(() => ports(up).size === 2, { what: 'the way back' });
    expect(world.stat('cluster.up.outlier_detection.ejections_active')).toBe(0);
  });
});

describe('DNS', () => {
  const endpoints = {
    ...endpointsConfig([]),
    localities: [
      {
        ...endpointsConfig([]).localities[0]!,
        endpoints: [endpointConfig({ kind: 'tcp', address: 'db.test', port: 5432 })],
      },
    ],
  };

  function hosts(strict: boolean, answers: (readonly string[] | Error)[]): { timers: FakeTimers; seen: string[][] } {
    const timers = new FakeTimers();
    const seen: string[][] = [];
    new DnsHosts({
      discovery: { kind: 'dns', strict, endpoints, refreshMs: 1_000, lookupFamily: 'auto', respectTtl: false },
      timers,
      scope: silentStats,
      resolve: (_name, _options, done) => {
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) done(answer, []);
        else done(null, answer);
      },
      onEndpoints: ({ localities }) =>
        seen.push(
          localities.flatMap((group) =>
            group.endpoints.map(({ address, hostname }) =>
              address.kind === 'tcp' ? `${hostname}=${address.address}:${address.port}` : address.path,
            ),
          ),
        ),
    }).start();
    return { timers, seen };
  }

  it('takes all addresses when strict, asks again, and keeps what it had when there is no answer', () => {
    const { timers, seen } = hosts(true, [['10.0.0.1', '10.0.0.2'], new Error('SERVFAIL'), ['10.0.0.3']]);
    timers.advance(2_500);
    expect(seen).toEqual([
      ['db.test=10.0.0.1:5432', 'db.test=10.0.0.2:5432'],
      ['db.test=10.0.0.1:5432', 'db.test=10.0.0.2:5432'],
      ['db.test=10.0.0.3:5432'],
    ]);
  });

  it('takes one address otherwise, the same as long as the name has it', () => {
    const { timers, seen } = hosts(false, [['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1'], ['10.0.0.3']]);
    timers.advance(2_000);
    expect(seen).toEqual([['db.test=10.0.0.1:5432'], ['db.test=10.0.0.1:5432'], ['db.test=10.0.0.3:5432']]);
  });
});
