import type { GatewayChainIr, ServerTlsIr } from '@malla/ir';
import { describe, expect, it } from 'vitest';
import { enterGateway, type ClientHello, type GatewayProxy } from './enter-gateway.ts';

const origin = { kind: 'Gateway', namespace: 'default', name: 'edge' };
const chain = (name: string, serverNames: readonly string[], tls: ServerTlsIr): GatewayChainIr => ({
  name,
  serverNames,
  transport: 'ended',
  tls,
  target: { kind: 'http', routeConfig: name },
  origin,
});
const own: ServerTlsIr = { cipherSuites: [] };
const mesh: ServerTlsIr = { client: { required: true, subjectAltNames: [], certificateHashes: [] }, cipherSuites: [] };
const chains = [
  chain('all', [], own),
  chain('wide', ['*.test'], own),
  chain('narrow', ['*.a.test'], own),
  chain('exact', ['b.a.test'], own),
  chain('mesh', ['mesh.example'], mesh),
  chain('waiting', ['waiting.example'], { ...own, certificateSecret: 'kubernetes://gone' }),
];
const gateway: GatewayProxy = {
  ports: [{ port: 8443, chains }],
  inbound: { trustDomains: ['cluster.local'] },
  secrets: [],
};

function enter(tls: ClientHello | undefined, port = 8443): string {
  const reception = enterGateway(gateway, { address: '10.0.0.1', port, ...(tls && { tls }) });
  return reception.kind === 'entered' ? reception.entry.chain.name : reception.why;
}

describe('enterGateway', () => {
  it.each([
    ['b.a.test', 'exact'],
    ['B.A.TEST', 'exact'],
    ['c.a.test', 'narrow'],
    ['x.test', 'wide'],
    ['other', 'all'],
    [undefined, 'all'],
  ])('finds the chain of the most specific server name: %s', (serverName, name) => {
    expect(enter(serverName === undefined ? {} : { serverName })).toBe(name);
  });

  it('takes certificates of the mesh alone where it asks for them', () => {
    const of = (name: string) => ({ serverName: 'mesh.example', certificate: { subjectAltNames: [name] } });
    expect(enter(of('spiffe://cluster.local/ns/a/sa/b'))).toBe('mesh');
    expect(enter(of('spiffe://elsewhere/ns/a/sa/b'))).toContain('unknown CA');
    expect(enter({ serverName: 'mesh.example' })).toContain('is required');
  });

  it('takes nobody without its certificate, in plain text, or where nothing listens', () => {
    expect(enter({ serverName: 'waiting.example' })).toContain('no certificate');
    expect(enter(undefined)).toContain('only TLS');
    expect(enter({}, 80)).toContain('no Gateway');
  });
});
