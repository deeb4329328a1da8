import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@malla/testkit';
import { chainConfig, clusterConfig, listenerConfig, tcpFilter } from '../../test/sockets/configs.ts';
import { closed, nextChunk, readToEnd, SocketsWorld } from '../../test/sockets/sockets-world.ts';

describe('TCP proxy', () => {
  let world: SocketsWorld;

  beforeEach(() => {
    world = new SocketsWorld();
  });
  afterEach(() => world.close());

  const echo = (socket: Socket): void => void socket.pipe(socket);

  async function through(onConnection: (socket: Socket) => void, over = {}): Promise<Socket> {
    world.clusters.apply([clusterConfig([await world.serve(onConnection)])]);
    const port = await world.listen(listenerConfig({ filterChains: [chainConfig({ filters: [tcpFilter(over)] })] }));
    return world.connect(port);
  }

  it('passes bytes both ways and counts them', async () => {
    const client = await through(echo);
    client.write('hello');
    expect((await nextChunk(client)).toString()).toBe('hello');
    client.end();
    await closed(client);
    await waitFor(() => world.logged.length === 1, { what: 'the log entry' });
    expect(world.stat('tcp.tcp.downstream_cx_total')).toBe(1);
    expect(world.stat('tcp.tcp.downstream_cx_rx_bytes_total')).toBe(5);
    expect(world.stat('tcp.tcp.downstream_cx_tx_bytes_total')).toBe(5);
    expect(world.stat('cluster.up.upstream_cx_total')).toBe(1);
    expect(world.stat('cluster.up.upstream_cx_rx_bytes_total')).toBe(5);
    expect(world.logged[0]).toMatchObject({
      type: 'TcpConnectionEnd',
      flags: [],
      bytesReceived: 5,
      bytesSent: 5,
      upstream: { cluster: 'up', remote: { address: '127.0.0.1' } },
    });
    await waitFor(() => world.stat('cluster.up.upstream_cx_active') === 0, { what: 'the end of the connection' });
    expect(world.clusters.get('up')?.limits.connections.used).toBe(0);
  });

  it('keeps one direction open when the other has ended', async () => {
    const client = await through((socket) => {
      socket.resume();
      socket.once('end', () => socket.end('answer after the end'));
    });
    client.end('question');
    expect((await readToEnd(client)).toString()).toBe('answer after the end');
  });

  it('lets a server speak first', async () => {
    const client = await through((socket) => socket.write('220 ready'));
    expect((await nextChunk(client)).toString()).toBe('220 ready');
  });

  it('passes large data unharmed to a slow reader', async () => {
    const data = randomBytes(24 * 1024 * 1024);
    const client = await through((socket) => socket.end(data));
    client.pause();
    const hash = createHash('sha256');
    let length = 0;
    let waits = 0;
    for (;;) {
      const chunk = (await new Promise<Buffer | null>((resolve) => {
        const take = (): void => {
          const got = client.read() as Buffer | null;
          if (got !== null) resolve(got);
          else if (client.readableEnded) resolve(null);
          else client.once('readable', take).once('end', () => resolve(null));
        };
        take();
      }))!;
      client.removeAllListeners('readable').removeAllListeners('end');
      if (chunk === null) break;
      hash.update(chunk);
      length += chunk.length;
      if (waits++ % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(length).toBe(data.length);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(data).digest('hex'));
  });

  it('passes interleaved data of many connections unharmed', async () => {
    world.clusters.apply([clusterConfig([await world.serve(echo)])]);
    const port = await world.listen(listenerConfig());
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        const client = await world.connect(port);
        const data = randomBytes(1_500_000);
        client.end(data);
        expect((await readToEnd(client)).equals(data)).toBe(true);
      }),
    );
  });

  it('closes with UF and URX when no endpoint can be reached', async () => {
    const gone = await world.serve(() => undefined);
    await world.close();
    world = new SocketsWorld();
    world.clusters.apply([clusterConfig([gone])]);
    const port = await world.listen(
      listenerConfig({ filterChains: [chainConfig({ filters: [tcpFilter({ maxConnectAttempts: 2 })] })] }),
    );
    await closed(await world.connect(port));
    expect(world.logged[0]).toMatchObject({
      flags: ['UF', 'URX'],
      upstream: { attempts: 2, transportFailure: 'delayed connect error: Connection refused' },
    });
    expect(world.stat('cluster.up.upstream_cx_connect_fail')).toBe(2);
    expect(world.stat('cluster.up.upstream_cx_connect_attempts_exceeded')).toBe(1);
  });

  it('closes without a cluster (NC), without endpoints (UH), and above the limit (UO)', async () => {
    const port = await world.listen(listenerConfig());
    await closed(await world.connect(port));
    world.clusters.apply([clusterConfig([])]);
    await closed(await world.connect(port));
    const limits = { ...clusterConfig([]).limits, maxConnections: 1 };
    world.clusters.apply([clusterConfig([await world.serve(echo)], { limits })]);
    const first = await world.connect(port);
    first.write('x');
    await nextChunk(first);
    await closed(await world.connect(port));
    expect(world.logged.map(({ flags }) => flags)).toEqual([['NC'], ['UH'], ['UO']]);
    expect(world.stat('tcp.tcp.downstream_cx_no_route')).toBe(1);
    expect(world.stat('cluster.up.upstream_cx_none_healthy')).toBe(1);
    expect(world.stat('cluster.up.upstream_cx_overflow')).toBe(1);
  });

  it('ends connections that are idle, and those that last too long', async () => {
    const idle = await through(echo, { idleTimeoutMs: 60 });
    await closed(idle);
    expect(world.stat('tcp.tcp.idle_timeout')).toBe(1);
    const long = await through(echo, { maxDownstreamConnectionDurationMs: 60 });
    await closed(long);
    expect(world.stat('tcp.tcp.max_downstream_connection_duration')).toBe(1);
    expect(world.logged.at(-1)?.flags).toEqual(['DT']);
  });
});
