import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@malla/testkit';
import type { DownstreamTlsConfig, UpstreamTlsConfig } from '@malla/proxy-config';
import { chainConfig, clusterConfig, listenerConfig, matchAll, tcpFilter } from '../../test/sockets/configs.ts';
import { OddAuthority } from '../../test/sockets/odd-certificates.ts';
import { closed, nextChunk, readToEnd, SocketsWorld } from '../../test/sockets/sockets-world.ts';
import {
  certificateSecret,
  downstreamTls,
  exactName,
  rootSecret,
  upstreamTls,
  uriPrefix,
  validationConfig,
} from '../../test/sockets/tls-configs.ts';

const authority = new OddAuthority();
const server = authority.issue({ uris: ['spiffe://mesh/ns/a/sa/server'], dnsNames: ['server.test', '*.wild.test'] });
const client = authority.issue({ uris: ['spiffe://mesh/ns/a/sa/client'], commonName: 'client' });

describe('TLS', () => {
  let world: SocketsWorld;

  beforeEach(() => {
    world = new SocketsWorld();
    world.secrets.update([
      certificateSecret('server', server),
      certificateSecret('client', client),
      rootSecret('root', authority.certPem),
    ]);
  });
  afterEach(() => world.close());

  const echo = (socket: Socket): void => void socket.pipe(socket);
  const clientOptions: ConnectionOptions = {
    cert: client.certPem,
    key: client.keyPem,
    ca: authority.certPem,
    checkServerIdentity: () => undefined,
  };

  /** A listener `server` with TLS before an echo. */
  async function serve(tls: Partial<DownstreamTlsConfig> = {}): Promise<number> {
    world.clusters.apply([clusterConfig([await world.serve(echo)], { name: 'echo', statName: 'echo' })]);
    const filters = [tcpFilter({ statPrefix: 'in', clusters: [{ name: 'echo', weight: 1 }] })];
    return world.listen(
      listenerConfig({ name: 'server', filterChains: [chainConfig({ filters, tls: downstreamTls(tls) })] }),
    );
  }

  /** A listener `client`, plain text, whose cluster speaks TLS to the other one. */
  async function pair(up: Partial<UpstreamTlsConfig> = {}, down: Partial<DownstreamTlsConfig> = {}): Promise<number> {
    const port = await serve(down);
    world.clusters.apply([clusterConfig([port], { transport: { kind: 'tls', tls: upstreamTls(up) } })]);
    return world.listen(listenerConfig({ name: 'client' }));
  }

  async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connectTls({ port, host: '127.0.0.1', ...clientOptions, ...options });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    return socket;
  }

  it('does not wait for ever for a handshake that does not go on', async () => {
    await serve();
    const filters = [tcpFilter({ statPrefix: 'in', clusters: [{ name: 'echo', weight: 1 }] })];
    const chain = chainConfig({ filters, tls: downstreamTls(), transportSocketConnectTimeoutMs: 0 });
    const port = await world.listen(listenerConfig({ name: 'patient', filterChains: [chain] }));
    const { timers } = world;
    const waits: number[] = [];
    const runs: (() => void)[] = [];
    timers.set = (ms, run) => {
      waits.push(ms);
      runs.push(run);
      return { cancel: () => undefined };
    };
    const socket = await world.connect(port);
    socket.write(Buffer.of(22, 3, 1));
    await waitFor(() => waits.length > 0, { what: 'a timer' });
    expect(waits).toEqual([60_000]);
    runs[0]?.();
    await closed(socket);
  });

  it('carries bytes both ways with identities of both', async () => {
    const socket = await world.connect(await pair());
    socket.write('hello');
    expect((await nextChunk(socket)).toString()).toBe('hello');
    socket.end();
    await closed(socket);
    await waitFor(() => world.logged.length === 2, { what: 'log entries' });
    const inbound = world.logged.find(({ upstream }) => upstream?.cluster === 'echo');
    expect(inbound?.downstream.tls).toMatchObject({
      version: 'TLSv1.3',
      localUriSans: ['spiffe://mesh/ns/a/sa/server'],
      peer: { uriSans: ['spiffe://mesh/ns/a/sa/client'], subject: 'CN=client', issuer: 'CN=odd root' },
    });
    const outbound = world.logged.find(({ upstream }) => upstream?.cluster === 'up');
    expect(outbound?.upstream?.tls?.peer?.uriSans).toEqual(['spiffe://mesh/ns/a/sa/server']);
    expect(world.stat('cluster.up.ssl.handshake')).toBe(1);
  });

  it('carries large data unharmed, with half-close', async () => {
    const port = await pair();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = await world.connect(port);
        const data = randomBytes(3_000_000);
        socket.end(data);
        expect((await readToEnd(socket)).equals(data)).toBe(true);
      }),
    );
  });

  it('makes no connection while a secret is missing, and takes it when it comes', async () => {
    world.secrets.update([], ['client']);
    const port = await pair();
    await closed(await world.connect(port));
    expect(world.logged.at(-1)).toMatchObject({
      flags: ['UF', 'URX'],
      upstream: { transportFailure: 'TLS error: Secret is not supplied by SDS' },
    });
    world.secrets.update([certificateSecret('client', client)], ['server']);
    await closed(await world.connect(port));
    world.secrets.update([certificateSecret('server', server)], ['root']);
    await closed(await world.connect(port));
    world.secrets.update([rootSecret('root', authority.certPem)]);
    const socket = await world.connect(port);
    socket.write('x');
    expect((await nextChunk(socket)).toString()).toBe('x');
  });

  it('gives new connections a renewed secret and leaves the others alone', async () => {
    const port = await serve();
    const first = await dial(port);
    const renewed = authority.issue({ uris: ['spiffe://mesh/ns/a/sa/renewed'] });
    world.secrets.update([certificateSecret('server', renewed)]);
    const second = await dial(port);
    expect(first.getPeerX509Certificate()?.subjectAltName).toContain('sa/server');
    expect(second.getPeerX509Certificate()?.subjectAltName).toContain('sa/renewed');
    first.write('still here');
    expect((await nextChunk(first)).toString()).toBe('still here');
    first.destroy();
    second.destroy();
  });

  it('says that a broken secret is broken, without its content', async () => {
    const port = await serve();
    world.secrets.update([certificateSecret('server', { certPem: server.certPem, keyPem: 'no key' })]);
    await expect(dial(port)).rejects.toThrow();
    expect(world.broken).toHaveLength(1);
    expect(world.broken[0]).not.toContain('no key');
  });

  it('checks names of the server: uri, dns with wild cards, and the one that is asked for', async () => {
    const outcome = async (up: Partial<UpstreamTlsConfig>): Promise<string> => {
      const socket = await world.connect(await pair(up));
      socket.write('x');
      const answer = await nextChunk(socket).then(
        () => 'passed',
        () => 'closed',
      );
      socket.destroy();
      return answer;
    };
    const names = (...subjectAltNames: ReturnType<typeof uriPrefix>[]): Partial<UpstreamTlsConfig> => ({
      validation: validationConfig({ subjectAltNames }),
    });
    expect(await outcome(names(uriPrefix('spiffe://mesh/')))).toBe('passed');
    expect(await outcome(names(uriPrefix('spiffe://other/'), exactName('dns', 'any.wild.test')))).toBe('passed');
    expect(await outcome(names(exactName('dns', 'a.b.wild.test')))).toBe('closed');
    expect(await outcome(names(exactName('uri', 'spiffe://mesh/ns/a/sa/serve')))).toBe('closed');
    expect(world.stat('cluster.up.ssl.fail_verify_san')).toBe(2);
    expect(world.logged.at(-1)?.upstream?.transportFailure).toContain('CERTIFICATE_VERIFY_FAILED');
  });

  it('asks for the configured server name and protocols', async () => {
    const port = await serve({ alpnProtocols: ['h2', 'http/1.1'] });
    const both = await dial(port, { servername: 'Server.Test', ALPNProtocols: ['http/1.1', 'h2'] });
    expect(both.alpnProtocol).toBe('h2');
    both.end();
    await closed(both);
    await waitFor(() => world.logged.length === 1, { what: 'a log entry' });
    expect(world.logged[0]?.downstream).toMatchObject({
      requestedServerName: 'server.test',
      tls: { sni: 'server.test', alpn: 'h2' },
    });
    const none = await dial(port, { ALPNProtocols: ['foo'] });
    expect(none.alpnProtocol).toBe(false);
    none.destroy();
  });

  it('refuses a client without certificate, or with one of another authority, before any byte passes', async () => {
    const port = await serve();
    const stranger = new OddAuthority('other root').issue({ uris: ['spiffe://mesh/ns/a/sa/client'] });
    const tls12 = { maxVersion: 'TLSv1.2' } as const;
    const none = { cert: '', key: '' };
    await expect(dial(port, { ...none, ...tls12 })).rejects.toThrow();
    for (const options of [none, { cert: stranger.certPem, key: stranger.keyPem }]) {
      const socket = await dial(port, options);
      socket.write('x');
      await closed(socket);
    }
    expect(world.stat('tcp.in.downstream_cx_total')).toBe(0);
    const scope = `listener.127.0.0.1_0.ssl`;
    expect(world.stat(`${scope}.fail_verify_no_cert`)).toBe(2);
    expect(world.stat(`${scope}.fail_verify_error`)).toBe(1);
    expect(world.stat(`${scope}.handshake`)).toBe(0);
  });

  it('has the suites of TLS 1.3 in the order of Envoy, with any client, and those before it as configured', async () => {
    const cipherSuites = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256'];
    const port = await serve({ cipherSuites });
    const theirs =
      'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384';
    const chosen = async (options: ConnectionOptions): Promise<string> => {
      const socket = await dial(port, options);
      socket.end();
      return socket.getCipher().name;
    };
    expect(await chosen({ ciphers: theirs })).toBe('TLS_AES_128_GCM_SHA256');
    expect(await chosen({ ciphers: theirs, maxVersion: 'TLSv1.2' })).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    expect(await chosen({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' })).toBe('TLS_CHACHA20_POLY1305_SHA256');
  });

  it('keeps the identity over resumed sessions, but not longer than the certificate', async () => {
    const port = await serve({ maximumVersion: 'TLSv1.2' });
    const first = await dial(port);
    const session = first.getSession();
    first.end();
    await closed(first);
    const second = await dial(port, { session: session! });
    expect(second.isSessionReused()).toBe(true);
    second.end();
    await closed(second);
    await waitFor(() => world.logged.length === 2, { what: 'log entries' });
    for (const { downstream } of world.logged) {
      expect(downstream.tls?.peer?.uriSans).toEqual(['spiffe://mesh/ns/a/sa/client']);
    }
    world.timers.skew = 2 * 3_600_000;
    await closed(await dial(port, { session: session! }));
    expect(world.stat('listener.127.0.0.1_0.ssl.fail_verify_error')).toBe(1);
    world.timers.skew = 0;
    // Other rules, other sessions.
    world.secrets.update([rootSecret('root', new OddAuthority('new root').certPem)]);
    await expect(dial(port, { session: session! })).rejects.toThrow();
    expect(world.stat('listener.127.0.0.1_0.ssl.fail_verify_error')).toBe(2);
  });

  it('does not resume TLS 1.3 sessions into another identity', async () => {
    const port = await serve({ requireClientCertificate: false });
    const anonymous = connectTls({
      port,
      host: '127.0.0.1',
      ca: authority.certPem,
      checkServerIdentity: () => undefined,
    });
    const session = await new Promise<Buffer>((resolve) => anonymous.once('session', resolve));
    anonymous.end();
    await closed(anonymous);
    const again = await dial(port, { session });
    expect(again.isSessionReused()).toBe(true);
    again.end();
    await closed(again);
    await waitFor(() => world.logged.length === 2, { what: 'log entries' });
    expect(world.logged.map(({ downstream }) => downstream.tls?.peer)).toEqual([undefined, undefined]);
  });

  it('chooses chains by TLS, server name and protocol, on one port with plain text', async () => {
    world.clusters.apply(
      await Promise.all(
        ['plain', 'one', 'two', 'alpn'].map(async (name) => {
          const answer = await world.serve((socket) => socket.end(name));
          return clusterConfig([answer], { name, statName: name });
        }),
      ),
    );
    const chain = (name: string, match: object, tls: boolean): ReturnType<typeof chainConfig> =>
      chainConfig({
        name,
        match: { ...matchAll, ...match },
        filters: [tcpFilter({ clusters: [{ name, weight: 1 }] })],
        ...(tls && { tls: downstreamTls() }),
      });
    const port = await world.listen(
      listenerConfig({
        listenerFilters: [{ kind: 'tls-inspector' }],
        filterChains: [
          chain('plain', { transportProtocol: 'raw_buffer' }, false),
          chain('one', { transportProtocol: 'tls', serverNames: ['one.test'] }, true),
          chain('two', { transportProtocol: 'tls', serverNames: ['*.two.test'] }, true),
          chain('alpn', { transportProtocol: 'tls', applicationProtocols: ['special'] }, true),
        ],
      }),
    );
    const answerTo = async (options: ConnectionOptions): Promise<string> => {
      const socket = await dial(port, options);
      return (await readToEnd(socket)).toString();
    };
    expect(await answerTo({ servername: 'one.test' })).toBe('one');
    expect(await answerTo({ servername: 'A.Two.test' })).toBe('two');
    expect(await answerTo({ ALPNProtocols: ['h2', 'special'] })).toBe('alpn');
    await expect(answerTo({ servername: 'three.test' })).rejects.toThrow();
    expect(world.stat('listener.127.0.0.1_0.no_filter_chain_match')).toBe(1);
    const plain = await world.connect(port);
    plain.write('GET');
    expect((await readToEnd(plain)).toString()).toBe('plain');
  });
});
