import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterConfig, listenerConfig } from '../../test/sockets/configs.ts';
import { closed, nextChunk, SocketsWorld } from '../../test/sockets/sockets-world.ts';
import { readIpv4, readIpv6 } from './original-destination.ts';

describe('the original destination', () => {
  let world: SocketsWorld;

  beforeEach(() => {
    world = new SocketsWorld();
  });
  afterEach(() => world.close());

  it('is read as the kernel writes it', () => {
    expect(readIpv4(Buffer.from('0200238300000000', 'hex').fill(Buffer.of(10, 9, 8, 7), 4))).toEqual({
      address: '10.9.8.7',
      port: 9_091,
    });
    const v6 = Buffer.alloc(28);
    v6.writeUInt16BE(80, 2);
    Buffer.from('fd000000000000000000000000000007', 'hex').copy(v6, 8);
    expect(readIpv6(v6)).toEqual({ address: 'fd00::7', port: 80 });
  });

  it.runIf(process.platform === 'linux')('is not there for connections that nobody has redirected', async () => {
    const listenerFilters = [{ kind: 'original-dst' }] as const;
    const upstream = await world.serve((socket) => socket.write('a'));
    world.clusters.apply([clusterConfig([upstream])]);
    const port = await world.listen(listenerConfig({ useOriginalDst: true, listenerFilters }));
    const socket = await world.connect(port);
    expect((await nextChunk(socket)).toString()).toBe('a');
    socket.destroy();
    world.clusters.apply([
      clusterConfig([], { discovery: { kind: 'original-dst' }, loadBalancer: { kind: 'cluster-provided' } }),
    ]);
    await closed(await world.connect(port));
    expect(world.logged.at(-1)?.flags).toEqual(['UH']);
  });
});
