import type { AuthorizationIr, GatewayChainIr, ListenerIr, OutboundIr, ServerTlsIr } from '@malla/ir';

/** Every way in which a server ends TLS. */
const serverTls: readonly ServerTlsIr[] = [
  { certificateSecret: 'kubernetes://c', minVersion: '1.3', cipherSuites: [] },
  {
    certificateSecret: 'kubernetes://c',
    client: {
      required: true,
      caSecret: 'kubernetes://c-cacert',
      subjectAltNames: ['client.example', 'spiffe://other/ns/a/sa/b', '10.0.0.1'],
      certificateHashes: ['00'.repeat(32)],
    },
    maxVersion: '1.2',
    cipherSuites: ['ECDHE-ECDSA-AES256-GCM-SHA384'],
  },
  { client: { required: false, subjectAltNames: [], certificateHashes: [] }, cipherSuites: [] },
];

/** Listeners of a router for all that an outbound half has: plain HTTP, HTTPS, TLS that passes through, and TCP. */
export function gatewayListeners(
  { routeConfigs, destinations }: OutboundIr,
  policies: { readonly http: AuthorizationIr; readonly tcp: AuthorizationIr; readonly trustDomains: readonly string[] },
): ListenerIr[] {
  const origin = { kind: 'Gateway', namespace: 'default', name: 'edge' };
  const clusters = destinations.map(({ name: cluster }, i) => ({ cluster, weight: i + 1 }));
  const plain = { serverNames: [], transport: 'none', origin } as const;
  const https = routeConfigs.map(({ name: routeConfig }, i): GatewayChainIr => ({
    name: `https_${i}`,
    serverNames: i === 0 ? [] : [`*.h${i}.example`, `h${i}.example`],
    transport: 'ended',
    tls: serverTls[i % serverTls.length] as ServerTlsIr,
    target: { kind: 'http', routeConfig },
    origin,
  }));
  const passed: GatewayChainIr = {
    name: 'passed',
    serverNames: ['passed.example'],
    transport: 'passed',
    target: { kind: 'tcp', clusters },
    origin: { ...origin, kind: 'VirtualService' },
  };
  const ended: GatewayChainIr = { ...passed, name: 'ended', serverNames: ['ended.example'], transport: 'ended' };
  const ports: readonly (readonly GatewayChainIr[])[] = [
    ...routeConfigs
      .slice(0, 1)
      .map(({ name: routeConfig }) => [
        { ...plain, name: routeConfig, target: { kind: 'http' as const, routeConfig } },
      ]),
    [...https, passed, { ...ended, tls: serverTls[2] as ServerTlsIr }],
    [{ ...plain, name: 'tcp', target: { kind: 'tcp', clusters } }],
  ];
  return ports.map((chains, i) => ({
    kind: 'gateway',
    name: `gateway_${i}`,
    bind: { address: '127.0.0.1', port: 24_000 + i },
    port: { port: 24_000 + i, chains },
    authorization: { http: policies.http, tcp: policies.tcp },
    trustDomains: policies.trustDomains,
  }));
}
