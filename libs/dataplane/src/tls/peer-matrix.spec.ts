import { createServer as createTlsServer, connect as connectTls, type Server } from 'node:tls';
import type { AddressInfo, Socket } from 'node:net';
import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainConfig, clusterConfig, listenerConfig, tcpFilter } from '../../test/sockets/configs.ts';
import { OddAuthority, type OddCertificate, type OddCertificateParams } from '../../test/sockets/odd-certificates.ts';
import { SocketsWorld } from '../../test/sockets/sockets-world.ts';
import {
  certificateSecret,
  downstreamTls,
  rootSecret,
  upstreamTls,
  uriPrefix,
  validationConfig,
} from '../../test/sockets/tls-configs.ts';
import { TlsEnvoy } from '../../test/sockets/tls-envoy.ts';

/** The matrix S8: who is let in by a listener, and who is talked to by a cluster. */
type Verdict = 'passes' | 'refused';

interface Case {
  readonly name: string;
  /** Undefined: no certificate at all. */
  readonly certificate: OddCertificate | undefined;
  readonly asClient: Verdict;
  readonly asServer: Verdict;
}

const authority = new OddAuthority('matrix root');
const uris = ['spiffe://mesh/ns/a/sa/b'];
const day = 86_400_000;

function odd(name: string, params: OddCertificateParams, [asClient, asServer]: readonly [Verdict, Verdict]): Case {
  return { name, certificate: authority.issue({ uris, ...params }), asClient, asServer };
}

const sides = (verdict: Verdict): Pick<Case, 'asClient' | 'asServer'> => ({ asClient: verdict, asServer: verdict });
const both = (verdict: Verdict): readonly [Verdict, Verdict] => [verdict, verdict];
const intermediate = new OddAuthority('trusted without its root', new OddAuthority('unknown root'));
const lone = new OddAuthority('unknown').issue({ uris });
const rootsPem = [authority.certPem, intermediate.certPem, lone.certPem].join('');

const cases: readonly Case[] = [
  odd('good', {}, both('passes')),
  { name: 'none', certificate: undefined, asClient: 'refused', asServer: 'refused' },
  {
    name: 'other authority',
    certificate: new OddAuthority('matrix root').issue({ uris }),
    asClient: 'refused',
    asServer: 'refused',
  },
  odd('expired', { notBefore: Date.now() - 2 * day, notAfter: Date.now() - day }, both('refused')),
  odd('not yet valid', { notBefore: Date.now() + day, notAfter: Date.now() + 2 * day }, both('refused')),
  odd('other trust domain', { uris: ['spiffe://other/ns/a/sa/b'] }, both('refused')),
  odd('no names', { uris: [] }, both('refused')),
  odd('name only as a DNS name', { uris: [], dnsNames: ['spiffe.mesh'] }, both('refused')),
  odd('two URI names, the second one good', { uris: ['spiffe://other/x', ...uris] }, both('passes')),
  odd('CA as leaf', { ca: true }, both('refused')),
  odd('CA as leaf that may sign', { ca: 'may-sign' }, both('passes')),
  { name: 'root not trusted but issuer', certificate: intermediate.issue({ uris }), ...sides('passes') },
  { name: 'only itself trusted', certificate: lone, ...sides('passes') },
  odd('usage of the other side only', { usages: ['server'] }, ['refused', 'passes']),
  odd('usage of the client only', { usages: ['client'] }, ['passes', 'refused']),
  odd('usage for code only', { usages: ['code-signing'] }, both('refused')),
  odd('no usages', { usages: [] }, both('passes')),
  odd('unknown critical extension', { unknownCritical: true }, both('refused')),
  odd('RSA of 2048 bits', { key: 'rsa' }, both('passes')),
];
const own = authority.issue({ uris: ['spiffe://mesh/ns/a/sa/proxy'] });
const sanPrefix = 'spiffe://mesh/';
const envoyBinary = findEnvoy();

describe('peers of all kinds', () => {
  const world = new SocketsWorld();
  const servers: Server[] = [];
  const serverPorts: number[] = [];
  const envoy = new TlsEnvoy();
  let echoPort = 0;
  let tlsPort = 0;

  beforeAll(async () => {
    echoPort = await world.serve((socket: Socket) => socket.pipe(socket));
    for (const { certificate } of cases) serverPorts.push(await serveTls(certificate));
    const validation = validationConfig({ subjectAltNames: [uriPrefix(sanPrefix)] });
    world.secrets.update([
      certificateSecret('server', own),
      certificateSecret('client', own),
      rootSecret('root', rootsPem),
    ]);
    world.clusters.apply([
      clusterConfig([echoPort]),
      ...serverPorts.map((port, index) =>
        clusterConfig([port], {
          name: `server-${index}`,
          statName: `server-${index}`,
          transport: { kind: 'tls', tls: upstreamTls({ validation }) },
        }),
      ),
    ]);
    tlsPort = await world.listen(
      listenerConfig({ filterChains: [chainConfig({ tls: downstreamTls({ validation }) })] }),
      ...serverPorts.map((_, index) =>
        listenerConfig({
          name: `to-${index}`,
          filterChains: [chainConfig({ filters: [tcpFilter({ clusters: [{ name: `server-${index}`, weight: 1 }] })] })],
        }),
      ),
    );
    if (envoyBinary !== undefined) {
      await envoy.start({
        binary: envoyBinary,
        rootsPem,
        own,
        sanPrefix,
        echoPort,
        servers: serverPorts,
      });
    }
  });

  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await world.close();
    for (const server of servers) server.close();
  });

  it.each(cases)('as a client, $name: $asClient', async ({ certificate, asClient }) => {
    expect(await verdictOn(certificate, tlsPort)).toBe(asClient);
  });

  it.each(cases)('as a server, $name: $asServer', async ({ name, asServer }) => {
    const index = cases.findIndex((each) => each.name === name);
    expect(await answers(world.port(`to-${index}`))).toBe(asServer);
  });

  it('says why as Envoy does', () => {
    const reasons = world.logged.flatMap(({ upstream }) => upstream?.transportFailure ?? []).join(' ');
    expect(reasons).toContain('268436496:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE');
    expect(reasons).toContain('verification error at depth 0: certificate has expired:TLS_error_end');
    expect(reasons).toContain('verify cert failed: SAN matcher, certificate SANs are [spiffe://other/ns/a/sa/b]');
    expect(reasons).toContain('depth 0: unsupported certificate purpose:TLS_error_end');
  });

  describe.skipIf(envoyBinary === undefined)('a real Envoy agrees', () => {
    it.each(cases)('as a client, $name: $asClient', async ({ certificate, asClient }) => {
      expect(await verdictOn(certificate, envoy.tlsPort)).toBe(asClient);
    });

    it.each(cases)('as a server, $name: $asServer', async ({ name, asServer }) => {
      const index = cases.findIndex((each) => each.name === name);
      expect(await answers(envoy.plainPort(index))).toBe(asServer);
    });
  });

  /** A TLS server that echoes and takes every client. Without a certificate it offers only suites that need one: no handshake succeeds. */
  async function serveTls(certificate: OddCertificate | undefined): Promise<number> {
    const server = createTlsServer(
      {
        ...(certificate && { cert: certificate.certPem, key: certificate.keyPem }),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (socket) => {
        socket.on('error', () => undefined);
        socket.pipe(socket);
      },
    );
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  function verdictOn(certificate: OddCertificate | undefined, port: number): Promise<Verdict> {
    return echoed(
      connectTls({
        port,
        host: '127.0.0.1',
        ...(certificate && { cert: certificate.certPem, key: certificate.keyPem }),
        rejectUnauthorized: false,
      }),
    );
  }

  async function answers(port: number): Promise<Verdict> {
    return echoed(await world.connect(port));
  }
});

/** Does a byte come back? */
function echoed(socket: Socket): Promise<Verdict> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      resolve('passes');
      socket.destroy();
    });
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve('refused'));
    socket.write('x');
  });
}
