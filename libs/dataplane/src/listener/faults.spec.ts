import { connect as connectTls } from 'node:tls';
import type { NetworkFilterConfig } from '@malla/proxy-config';
import { waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainConfig, clusterConfig, listenerConfig, tcpFilter } from '../../test/sockets/configs.ts';
import { closed, nextChunk, SocketsWorld } from '../../test/sockets/sockets-world.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { onTransportFault } from '../transport/socket-transport.ts';
import type { TerminalFactories } from './create-listeners.ts';

const scope = 'listener.127.0.0.1_0';
const tls = {} as NonNullable<ReturnType<typeof chainConfig>['tls']>;
const http: NetworkFilterConfig = { kind: 'http', name: 'http', config: {} as never };
const denyAll: NetworkFilterConfig = {
  kind: 'rbac',
  name: 'rbac',
  config: { rules: { action: 'allow', policies: [] }, statPrefix: '', shadowStatPrefix: '' },
};

/** Bugs, put where a connection is looked at: nobody but its own client may notice. */
describe('a fault on the way of a connection', () => {
  let world: SocketsWorld;
  let faults: string[];

  beforeEach(() => {
    faults = [];
    onTransportFault((error) => faults.push((error as Error).message));
  });
  afterEach(async () => {
    await world.close();
    onTransportFault(() => undefined);
  });

  function bug(): never {
    throw new Error('a bug');
  }

  /** One listener that fails, and one beside it that does not. Checks that only the first one's connection ends. */
  async function expectContained(
    chain: Partial<ReturnType<typeof chainConfig>>,
    client: (port: number) => Promise<void>,
  ): Promise<void> {
    const port = await world.serve((socket) => void socket.end('hello'));
    world.clusters.apply([clusterConfig([port])]);
    const good = await world.listen(listenerConfig({ name: 'good', filterChains: [chainConfig()] }));
    const bad = await world.listen(listenerConfig({ filterChains: [chainConfig(chain)] }));
    await client(bad);
    expect(faults).toEqual(['a bug']);
    const socket = await world.connect(good);
    expect((await nextChunk(socket)).toString()).toBe('hello');
    socket.destroy();
    await waitFor(() => world.stat(`${scope}.downstream_cx_active`) === 0, { what: 'the end of all connections' });
    expect(world.stat(`${scope}.downstream_pre_cx_active`)).toBe(0);
  }

  const endedByProxy = async (port: number): Promise<void> => closed(await world.connect(port));

  it('ends it when its last filter fails', async () => {
    world = new SocketsWorld({ http: () => ({ accept: bug }) });
    await expectContained({ filters: [http] }, endedByProxy);
  });

  it('ends it when telling of a refusal fails', async () => {
    world = new SocketsWorld({ http: () => ({ accept: bug, refuse: bug }) });
    await expectContained({ filters: [denyAll, http] }, endedByProxy);
  });

  it('ends it when TLS cannot begin as soon as it is accepted', async () => {
    world = new SocketsWorld({ serverTls: () => ({ alpnProtocols: [], begin: bug }) as unknown as ServerTls });
    await expectContained({ tls }, endedByProxy);
  });

  it('ends it when TLS cannot begin once its first bytes are there', async () => {
    world = new SocketsWorld({ serverTls: () => ({ alpnProtocols: ['h2'], begin: bug }) as unknown as ServerTls });
    await expectContained(
      { tls },
      (port) =>
        new Promise((resolve) => {
          const socket = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'] });
          socket.on('error', () => resolve());
        }),
    );
  });
});

it('a listener whose new chains cannot be made goes on with those it had', async () => {
  const failing: TerminalFactories['http'] = () => {
    throw new Error('cannot be made');
  };
  const world = new SocketsWorld({ http: failing });
  try {
    const upstream = await world.serve((socket) => void socket.write('hello'));
    world.clusters.apply([clusterConfig([upstream])]);
    const config = listenerConfig({ filterChains: [chainConfig({ name: 'old' })] });
    const port = await world.listen(config);
    const fresh = chainConfig({ name: 'new', filters: [tcpFilter({ statPrefix: 'new' })] });
    const broken = { ...config, filterChains: [fresh, chainConfig({ name: 'broken', filters: [http] })] };
    expect(await world.listeners.apply([broken])).toEqual([{ name: 'main', message: 'cannot be made' }]);
    expect((await nextChunk(await world.connect(port))).toString()).toBe('hello');
    // What failed is not taken for what is at work: the same again is looked at again.
    expect(await world.listeners.apply([broken])).toHaveLength(1);
    expect(await world.listeners.apply([{ ...config, filterChains: [fresh] }])).toEqual([]);
    expect((await nextChunk(await world.connect(port))).toString()).toBe('hello');
  } finally {
    await world.close();
  }
});
