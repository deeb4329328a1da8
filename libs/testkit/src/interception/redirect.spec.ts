import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDataPlane } from '../programs/build-data-plane.ts';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import type { HandAnswer } from './hand-protocol.ts';
import { obstacleToInterception } from './obstacle.ts';
import { addresses, serverPorts, virtual } from './redirect-mesh.ts';
import { RedirectWorld } from './redirect-world.ts';

buildDataPlane();
const programs = proxyPrograms().map((program) => ({ ...program, reason: obstacleToInterception(program.command) }));

/** Status and version of an answer: `200 v1`; `bytes` that came; or how it failed. */
function brief(answer: HandAnswer): string {
  switch (answer.kind) {
    case 'response':
      return `${answer.status} ${answer.headers['x-echo-version'] ?? '-'}`;
    case 'bytes':
      return answer.text === '' ? 'closed' : answer.text;
    case 'failed':
      return answer.code === 'ECONNRESET' ? 'closed' : answer.code;
    case 'serving':
      return answer.kind;
  }
}

/** Headers that the application saw. */
function seenHeaders(answer: HandAnswer): Record<string, string> {
  if (answer.kind !== 'response') throw new Error(`no response: ${JSON.stringify(answer)}`);
  return (JSON.parse(answer.body) as { headers: Record<string, string> }).headers;
}

describe.each(programs)('interception REDIRECT with iptables and $name', { timeout: 60_000 }, ({ command, reason }) => {
  describe.skipIf(reason !== undefined)(reason ?? 'in network namespaces', () => {
    let world: RedirectWorld;
    const get = async (from: 'client' | 'server' | 'outside', address: string, port: number, host: string) =>
      brief(await world.hands[from].http({ address, port, host, headers: { 'x-want': 'v1' } }));
    const send = async (from: 'client' | 'server' | 'outside', address: string, port: number, text = 'some bytes') =>
      brief(await world.hands[from].tcp({ address, port, send: text }));

    beforeAll(async () => {
      world = await RedirectWorld.start(command);
    }, 120_000);

    // Undefined when the start failed, which then has cleaned up.
    afterAll(() => world?.[Symbol.asyncDispose]());

    describe('what the application calls', () => {
      it.each(['web', 'web.default', 'web.default.svc.cluster.local', virtual.web])(
        'goes to the service that Host names: %s',
        async (host) => {
          expect(await get('client', virtual.web, 80, host)).toBe('200 v1');
        },
      );

      it('goes by Host and not by address, as ports are shared', async () => {
        expect(await get('client', virtual.web, 80, 'safe')).toBe('200 port-8081');
        expect(await get('client', addresses.server.ipv4, 80, 'safe')).toBe('200 port-8081');
      });

      it('is split by weight', async () => {
        const calls = Array.from({ length: 40 }, () =>
          world.hands.client.http({ address: virtual.web, port: 80, host: 'web' }),
        );
        const versions = (await Promise.all(calls)).map(brief);
        expect(new Set(versions)).toEqual(new Set(['200 v1', '200 v2']));
        expect(versions.filter((version) => version === '200 v1').length).toBeGreaterThan(5);
      });

      it('goes to a TCP service by its virtual address, beside HTTP on the same port', async () => {
        expect(await send('client', virtual.db, 9000)).toBe('port-9000:some bytes');
        expect(await get('client', virtual.web, 9000, 'web')).toBe('200 v1');
      });

      it('goes to the very workload of a headless service that is called, over mutual TLS where that takes it', async () => {
        // The port is closed to everybody whose certificate is not the client's.
        expect(await send('client', addresses.server.ipv4, serverPorts.guardedTcp)).toBe('port-9001:some bytes');
        expect(await send('client', addresses.outside.ipv4, 5001, '')).toBe('hello');
      });

      it('hears a server that speaks first', async () => {
        expect(await send('client', virtual.chat, 9002, '')).toBe('welcome');
      });

      it('passes through when the mesh does not know it', async () => {
        expect(await get('client', addresses.outside.ipv4, 80, 'example.org')).toBe('200 outside');
        expect(await get('client', addresses.outside.ipv4, 5000, 'example.org')).toBe('200 outside');
        expect(await send('client', addresses.outside.ipv4, 5001, '')).toBe('hello');
      });

      it('passes through to the address of an endpoint, in plain text', async () => {
        const answer = await world.hands.client.http({
          address: addresses.server.ipv4,
          port: serverPorts.web,
          host: 'anything',
        });
        expect(brief(answer)).toBe('200 v1');
        expect(seenHeaders(answer)['x-forwarded-client-cert']).toBeUndefined();
      });
    });

    describe('what peers call', () => {
      it('carries the identity of a peer in the mesh', async () => {
        const answer = await world.hands.client.http({ address: virtual.safe, port: 80, host: 'safe' });
        expect(seenHeaders(answer)['x-forwarded-client-cert']).toContain(
          'URI=spiffe://cluster.local/ns/default/sa/client',
        );
      });

      it('is mutual TLS on the wire, where applications speak plain text', async () => {
        const headers = { 'x-told': 'nobody-else-may-read-this' };
        const answer = await world.hands.client.http({ address: virtual.taped, port: 80, host: 'taped', headers });
        expect(seenHeaders(answer)).toMatchObject(headers);
        expect(seenHeaders(answer)['x-forwarded-client-cert']).toContain('/sa/client');
        const tape = await world.hands.outside.tape();
        // A TLS handshake record (RFC 8446, 5.1) comes first.
        expect([...tape.slice(0, 2)].map((character) => character.charCodeAt(0))).toEqual([0x16, 0x03]);
        expect(tape).not.toContain('nobody-else');
        expect(tape).not.toContain('HTTP/1.1');
      });

      it('is refused in plain text where mutual TLS is strict', async () => {
        expect(await get('outside', addresses.serverToOutside.ipv4, serverPorts.safe, 'safe')).toBe('closed');
      });

      it('is taken in plain text where mutual TLS is permissive', async () => {
        expect(await get('outside', addresses.serverToOutside.ipv4, serverPorts.web, 'web')).toBe('200 v1');
        expect(await send('outside', addresses.serverToOutside.ipv4, serverPorts.db)).toBe('port-9000:some bytes');
      });

      it('has no identity that it only claims', async () => {
        const claim = { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/default/sa/client' };
        const order = { address: addresses.serverToOutside.ipv4, port: serverPorts.web, host: 'web', headers: claim };
        expect(seenHeaders(await world.hands.outside.http(order))['x-forwarded-client-cert']).toBeUndefined();
        const inMesh = {
          address: virtual.safe,
          port: 80,
          host: 'safe',
          headers: { 'x-forwarded-client-cert': 'URI=x' },
        };
        expect(seenHeaders(await world.hands.client.http(inMesh))['x-forwarded-client-cert']).not.toContain('URI=x');
      });

      it('hears a server that speaks first, in plain text after a while', async () => {
        expect(await send('outside', addresses.serverToOutside.ipv4, serverPorts.chat, '')).toBe('welcome');
      });

      it('reaches ports that no Service names', async () => {
        expect(await get('outside', addresses.serverToOutside.ipv4, serverPorts.unnamed, 'x')).toBe('200 port-7000');
        expect(await send('outside', addresses.serverToOutside.ipv4, serverPorts.unnamedTcp)).toBe(
          'port-7002:some bytes',
        );
        expect(await get('client', addresses.server.ipv4, serverPorts.unnamed, 'x')).toBe('200 port-7000');
        expect(await send('client', addresses.server.ipv4, serverPorts.unnamedTcp)).toBe('port-7002:some bytes');
      });

      it('is authorized by port and principal', async () => {
        expect(await get('client', virtual.guarded, 80, 'guarded')).toBe('200 port-8082');
        expect(await send('client', virtual.guarded, 9001)).toBe('port-9001:some bytes');
        expect(await get('server', virtual.guarded, 80, 'guarded')).toBe('403 -');
        expect(await send('server', virtual.guarded, 9001)).toBe('closed');
        const { ipv4 } = addresses.serverToOutside;
        expect(await get('outside', ipv4, serverPorts.guarded, 'guarded')).toBe('403 -');
        expect(await send('outside', ipv4, serverPorts.guardedTcp)).toBe('closed');
        expect(await get('outside', ipv4, serverPorts.unnamedGuarded, 'x')).toBe('closed');
      });
    });

    describe('loops', () => {
      it.each([15_001, 15_006])('end at once: %i', async (port) => {
        expect(await send('outside', addresses.serverToOutside.ipv4, port)).toBe('closed');
        expect(await send('client', addresses.server.ipv4, port)).toBe('closed');
        expect(await send('client', '127.0.0.1', port)).toBe('closed');
        expect(await send('client', addresses.client.ipv4, port)).toBe('closed');
      });

      it('do not arise when the application calls itself', async () => {
        expect(await get('server', addresses.server.ipv4, serverPorts.web, 'web')).toBe('200 v1');
        expect(await get('server', '127.0.0.1', serverPorts.web, 'web')).toBe('200 v1');
        expect(await get('server', virtual.web, 80, 'web')).toBe('200 v1');
      });
    });

    describe('IPv6', () => {
      it('goes to services by their virtual addresses', async () => {
        const answer = await world.hands.client.http({ address: virtual.web6, port: 80, host: 'web6' });
        expect(brief(answer)).toBe('200 v1');
        expect(seenHeaders(answer)['x-forwarded-client-cert']).toContain(
          'URI=spiffe://cluster.local/ns/default/sa/client',
        );
        expect(await send('client', virtual.db6, 9000)).toBe('port-9000:some bytes');
      });

      it('passes through when the mesh does not know the destination', async () => {
        expect(await get('client', addresses.outside.ipv6, 80, 'example.org')).toBe('200 outside');
        expect(await send('client', addresses.outside.ipv6, 5001, '')).toBe('hello');
      });

      it('brings peers in, by the same rules', async () => {
        const { ipv6 } = addresses.serverToOutside;
        expect(await get('outside', ipv6, serverPorts.web, 'web')).toBe('200 v1');
        expect(await send('outside', ipv6, serverPorts.db)).toBe('port-9000:some bytes');
        expect(await send('outside', ipv6, serverPorts.unnamedTcp)).toBe('port-7002:some bytes');
        expect(await get('outside', ipv6, serverPorts.safe, 'safe')).toBe('closed');
        expect(await get('outside', ipv6, serverPorts.guarded, 'guarded')).toBe('403 -');
      });

      it('does not loop', async () => {
        expect(await send('outside', addresses.serverToOutside.ipv6, 15_006)).toBe('closed');
        expect(await send('client', '::1', 15_001)).toBe('closed');
        expect(await get('server', addresses.server.ipv6, serverPorts.web, 'web')).toBe('200 v1');
      });
    });

    describe('where only the registry counts', () => {
      beforeAll(() => world.reconfigureClient({ outboundTrafficPolicy: 'REGISTRY_ONLY' }));
      afterAll(() => world.reconfigureClient({}));

      it('refuses what is not in the mesh', async () => {
        expect(await get('client', addresses.outside.ipv4, 80, 'example.org')).toBe('502 -');
        expect(await get('client', addresses.outside.ipv4, 5000, 'example.org')).toBe('closed');
        expect(await send('client', addresses.outside.ipv4, 5001, '')).toBe('hello'); // A headless service lists it.
        expect(await send('client', addresses.outside.ipv6, 5001, '')).toBe('closed');
      });

      it('still takes what is', async () => {
        expect(await get('client', virtual.web, 80, 'web')).toBe('200 v1');
        expect(await send('client', virtual.db, 9000)).toBe('port-9000:some bytes');
      });
    });

    it('counts calls with the labels of both sides', async () => {
      await get('client', virtual.web, 80, 'web');
      const source = await world.metric('client', 'istio_requests_total');
      expect(source.join('\n')).toMatch(/reporter="source".*destination_service="web\.default\.svc\.cluster\.local"/);
      const destination = await world.metric('server', 'istio_requests_total');
      expect(destination.join('\n')).toMatch(/source_principal="spiffe:\/\/cluster\.local\/ns\/default\/sa\/client"/);
    });
  });
});
