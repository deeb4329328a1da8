import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ListenerConfig, NetworkFilterConfig } from '@malla/proxy-config';
import { TemporaryFolder, waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  chainConfig,
  clusterConfig,
  listenerConfig,
  loopback,
  matchAll,
  tcpFilter,
} from '../../test/sockets/configs.ts';
import { closed, nextChunk, readToEnd, SocketsWorld } from '../../test/sockets/sockets-world.ts';

const scope = 'listener.127.0.0.1_0';

describe('listeners', () => {
  let world: SocketsWorld;

  beforeEach(() => {
    world = new SocketsWorld({ drainTimeMs: 150 });
  });
  afterEach(() => world.close());

  /** Listeners and filter chains that are not at work any more. */
  const draining = (): readonly number[] => {
    world.listeners.refreshStats();
    return ['listeners', 'filter_chains'].map((what) => world.stat(`listener_manager.total_${what}_draining`));
  };

  /** A cluster whose only server says its name, then echoes. */
  async function speaker(name: string): Promise<void> {
    const port = await world.serve((socket: Socket) => {
      socket.write(name);
      socket.pipe(socket);
    });
    world.clusters.apply([clusterConfig([port], { name, statName: name })]);
  }

  const chainTo = (cluster: string, over: object = {}): ReturnType<typeof chainConfig> =>
    chainConfig({ name: cluster, filters: [tcpFilter({ clusters: [{ name: cluster, weight: 1 }] })], ...over });

  async function greeting(port: number): Promise<string> {
    const socket = await world.connect(port);
    const text = (await nextChunk(socket)).toString();
    socket.destroy();
    return text;
  }

  it('counts connections by address', async () => {
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    const socket = await world.connect(port);
    await nextChunk(socket);
    expect(world.stat(`${scope}.downstream_cx_total`)).toBe(1);
    expect(world.stat(`${scope}.downstream_cx_active`)).toBe(1);
    socket.destroy();
    await waitFor(() => world.stat(`${scope}.downstream_cx_destroy`) === 1, { what: 'the end' });
    expect(world.stat(`${scope}.downstream_cx_active`)).toBe(0);
    expect(world.stat(`${scope}.downstream_pre_cx_active`)).toBe(0);
  });

  it('closes connections that no chain matches, and has a default for them', async () => {
    await speaker('a');
    const never = chainTo('a', { match: { ...matchAll, destinationPort: 1 } });
    const port = await world.listen(listenerConfig({ filterChains: [never] }));
    await closed(await world.connect(port));
    expect(world.stat(`${scope}.no_filter_chain_match`)).toBe(1);
    await world.listen(listenerConfig({ filterChains: [never], defaultFilterChain: chainTo('a') }));
    expect(await greeting(port)).toBe('a');
  });

  it('exchanges chains in place: the socket stays, unchanged chains keep their connections, others drain', async () => {
    for (const name of ['kept', 'old', 'new']) await speaker(name);
    const only = (port: number): object => ({ match: { ...matchAll, sourcePorts: [port] } });
    const from = async (port: number, localPort: number): Promise<Socket> => {
      const socket = connect({ port, host: '127.0.0.1', localPort });
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    };
    const fixed = 20_000 + Math.floor(Math.random() * 10_000);
    const config = (other: string): ListenerConfig =>
      listenerConfig({ filterChains: [chainTo('kept', only(fixed)), chainTo(other)] });
    const port = await world.listen(config('old'));
    const kept = await from(port, fixed);
    await nextChunk(kept);
    const old = await world.connect(port);
    expect((await nextChunk(old)).toString()).toBe('old');
    await world.listen(config('new'));
    expect(world.port('main')).toBe(port);
    expect(await greeting(port)).toBe('new');
    old.write('still');
    expect((await nextChunk(old)).toString()).toBe('still');
    expect(draining()).toEqual([0, 1]);
    await closed(old);
    await waitFor(() => draining().join() === '0,0', { what: 'the end of the old chain' });
    kept.write('there');
    expect((await nextChunk(kept)).toString()).toBe('there');
    kept.destroy();
  });

  it('fails no connection while its configuration is exchanged again and again', async () => {
    await world.close();
    world = new SocketsWorld({ drainTimeMs: 20_000 });
    for (const name of ['a', 'b']) await speaker(name);
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    let going = true;
    const answers: string[] = [];
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (going) answers.push(await greeting(port));
      }),
    );
    for (let i = 0; i < 40; i++) {
      // Every third time more than the chains changes: another listener takes the socket over.
      await world.listen(
        listenerConfig({
          filterChains: [chainTo(i % 2 === 0 ? 'b' : 'a')],
          perConnectionBufferLimitBytes: 1_000_000 + Math.floor(i / 3),
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    going = false;
    await load;
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set(['a', 'b']));
  });

  it('keeps the version before when it cannot bind, and says why in the words of Envoy', async () => {
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    const taken = await world.serve(() => undefined);
    const failures = await world.listeners.apply([
      listenerConfig({ addresses: [loopback(taken)] }),
      listenerConfig({ name: 'other', addresses: [loopback(taken)] }),
    ]);
    const message = `cannot bind '127.0.0.1:${taken}': Address already in use`;
    expect(failures).toEqual([
      { name: 'main', message },
      { name: 'other', message },
    ]);
    expect(world.listeners.names()).toEqual(['main']);
    expect(await greeting(port)).toBe('a');
  });

  it('closes its socket when it is removed; connections drain', async () => {
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    const socket = await world.connect(port);
    await nextChunk(socket);
    await world.listeners.remove(['main']);
    await expect(world.connect(port)).rejects.toThrow();
    socket.write('still');
    expect((await nextChunk(socket)).toString()).toBe('still');
    expect(draining()).toEqual([1, 0]);
    await closed(socket);
    await waitFor(() => draining().join() === '0,0', { what: 'the end of the listener' });
  });

  it('takes connections while it drains, and none once it has stopped', async () => {
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    world.listeners.drain(['inbound']);
    expect(await greeting(port)).toBe('a');
    world.listeners.stop(['outbound']);
    expect(await greeting(port)).toBe('a');
    world.listeners.stop();
    await expect(world.connect(port)).rejects.toThrow();
  });

  it('shares a port with another listener of that address, as workers do', async () => {
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    await world.listen(listenerConfig({ name: 'twin', addresses: [loopback(port)], filterChains: [chainTo('a')] }));
    for (let i = 0; i < 8; i++) expect(await greeting(port)).toBe('a');
  });

  it('listens on IPv4, IPv6 and a Unix socket at once', async () => {
    await speaker('a');
    using folder = new TemporaryFolder('malla-listener-');
    const path = join(folder.join('s'));
    await world.listen(
      listenerConfig({
        addresses: [loopback(), { kind: 'tcp', address: '::1', port: 0 }, { kind: 'pipe', path }],
        filterChains: [chainTo('a')],
      }),
    );
    for (const address of world.listeners.addresses('main')) {
      const socket =
        address.kind === 'pipe' ? connect(address.path) : connect({ host: address.address, port: address.port });
      expect((await nextChunk(socket)).toString()).toBe('a');
      socket.destroy();
    }
  });

  it('refuses connections above the global limit, but not where that does not count', async () => {
    await world.close();
    world = new SocketsWorld({ maxConnections: 1 });
    await speaker('a');
    const port = await world.listen(listenerConfig({ filterChains: [chainTo('a')] }));
    const free = listenerConfig({ name: 'free', ignoreGlobalConnectionLimit: true, filterChains: [chainTo('a')] });
    const freePort = await world.listen(free);
    const first = await world.connect(port);
    await nextChunk(first);
    await closed(await world.connect(port));
    expect(world.stat(`${scope}.downstream_global_cx_overflow`)).toBe(1);
    expect(await greeting(freePort)).toBe('a');
    first.destroy();
    await waitFor(() => greeting(port).catch(() => false), { what: 'room' });
  });

  it('waits for what a client says first, but not for ever', async () => {
    await speaker('a');
    const inspected = (over: Partial<ListenerConfig>): ListenerConfig =>
      listenerConfig({
        listenerFilters: [{ kind: 'tls-inspector' }],
        listenerFiltersTimeoutMs: 60,
        filterChains: [chainTo('a')],
        ...over,
      });
    const strict = await world.listen(inspected({}));
    await closed(await world.connect(strict));
    expect(world.stat(`${scope}.downstream_pre_cx_timeout`)).toBe(1);
    const patient = await world.listen(inspected({ name: 'patient', continueOnListenerFiltersTimeout: true }));
    expect(await greeting(patient)).toBe('a');
    const off = { kind: 'destination-port', start: 1, end: 65_536 } as const;
    const without = await world.listen(
      inspected({ name: 'without', listenerFilters: [{ kind: 'tls-inspector', disabledFor: off }] }),
    );
    expect(await greeting(without)).toBe('a');
    expect(world.stat(`${scope}.downstream_pre_cx_timeout`)).toBe(2);
  });

  it('passes on what it has looked at, in one piece or byte by byte', async () => {
    const port = await world.serve((socket: Socket) => socket.pipe(socket));
    world.clusters.apply([clusterConfig([port])]);
    const inspected = await world.listen(listenerConfig({ listenerFilters: [{ kind: 'tls-inspector' }] }));
    const socket = await world.connect(inspected);
    socket.setNoDelay(true);
    // Like TLS for three bytes.
    const bytes = Buffer.from('\x16\x03\x01 but no TLS', 'latin1');
    for (const byte of bytes.subarray(0, 6)) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    socket.end(bytes.subarray(6));
    expect(await readToEnd(socket)).toEqual(bytes);
  });

  it('lets network rules decide before a byte passes, and logs whom they refuse', async () => {
    await speaker('a');
    const rules = (start: number): NetworkFilterConfig => ({
      kind: 'rbac',
      name: 'rbac',
      config: {
        rules: {
          action: 'allow',
          policies: [
            {
              name: 'ports',
              permissions: [{ kind: 'destination-port', start, end: 65_536 }],
              principals: [{ kind: 'any' }],
            },
          ],
        },
        shadowRules: { action: 'deny', policies: [] },
        statPrefix: 'tcp.',
        shadowStatPrefix: 'dry_',
      },
    });
    const guarded = (name: string, start: number): ListenerConfig =>
      listenerConfig({
        name,
        filterChains: [chainConfig({ filters: [rules(start), tcpFilter({ clusters: [{ name: 'a', weight: 1 }] })] })],
      });
    expect(await greeting(await world.listen(guarded('open', 1)))).toBe('a');
    await closed(await world.connect(await world.listen(guarded('shut', 65_535))));
    expect(world.stat('tcp.rbac.allowed')).toBe(1);
    expect(world.stat('tcp.rbac.denied')).toBe(1);
    expect(world.stat('tcp.rbac.dry_.shadow_allowed')).toBe(2);
    expect(world.stat('cluster.a.upstream_cx_total')).toBe(1);
    expect(world.logged.at(-1)).toMatchObject({
      connectionTerminationDetails: 'rbac_access_denied_matched_policy[none]',
      flags: [],
    });
  });
});
