import { create } from '@bufbuild/protobuf';
import {
  blackHoleCluster,
  inboundPassthroughCluster,
  virtualInboundName,
  type InboundIr,
  type ListenerIr,
  type Protocol,
} from '@malla/ir';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { httpConnectionManager } from '../http-connection-manager.ts';
import { networkRbacFilters } from '../rbac/filters.ts';
import { everythingTo } from '../route/inbound-route.ts';
import type { Reporter } from '../telemetry/access-log.ts';
import { socketAddress } from '../wire/address.ts';
import type { TypedExtension } from '../wire/typed-config.ts';
import { downstreamTls } from './downstream-tls.ts';
import { inboundChains, meshProtocols, needsTlsInspector, type FilterChain } from './inbound-chains.ts';
import { httpInspector, originalDst, tlsInspector } from './listener-filters.ts';
import { tcpProxy } from './tcp-proxy.ts';

/** HTTP inside mutual TLS, as clients of the mesh announce it. */
const meshHttpProtocols = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
/** HTTP in plain text, as the HTTP inspector names it. */
const plainHttpProtocols = ['http/1.0', 'http/1.1', 'h2c'];

/** Every inbound port of a captured workload, told apart by original destination (interception REDIRECT). */
export function virtualInbound(ir: Extract<ListenerIr, { kind: 'virtual-inbound' }>): Listener {
  const { ports, passthrough, trustDomains } = ir.inbound;
  const plainPorts = ports.filter((port) => !needsTlsInspector(port.mutualTls)).map((port) => port.targetPort);
  return create(ListenerSchema, {
    name: ir.name,
    address: socketAddress(ir.bind),
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: [
      originalDst(),
      tlsInspector(plainPorts),
      // Protocols of named ports are known; only the others are sniffed.
      ...(passthrough.mutualTls === 'strict' ? [] : [httpInspector(ports.map((port) => port.targetPort))]),
    ],
    continueOnListenerFiltersTimeout: true,
    filterChains: [
      loopGuard(ir.bind.port),
      ...ports.flatMap((port) => inboundChains({ port, cluster: port.cluster, trustDomains, matchPort: true })),
      ...passthroughChains(ir.inbound),
    ],
  });
}

/** Connections to the listener's own port would come back to it for ever. */
function loopGuard(port: number): FilterChain {
  const reporter: Reporter = { direction: 'inbound', port: undefined, protocol: 'tcp', mutualTls: false };
  return {
    name: `${virtualInboundName}-blackhole`,
    filterChainMatch: { destinationPort: port },
    filters: [tcpProxy({ statPrefix: blackHoleCluster, cluster: blackHoleCluster, reporter })],
  };
}

/** Ports that no Service names. */
function passthroughChains(inbound: InboundIr): FilterChain[] {
  const tls = (alpn: string[], protocol: Protocol): FilterChain => ({
    name: `${virtualInboundName}-${protocol}-mtls`,
    filterChainMatch: { transportProtocol: 'tls', applicationProtocols: alpn },
    transportSocket: downstreamTls(inbound.trustDomains, protocol),
    filters: passthroughFilters(inbound, protocol, true),
  });
  const raw = (name: string, match: object, protocol: Protocol): FilterChain => ({
    name: `${virtualInboundName}-${name}`,
    filterChainMatch: match,
    filters: passthroughFilters(inbound, protocol, false),
  });
  const plain = [
    raw('catchall-http', { transportProtocol: 'raw_buffer', applicationProtocols: plainHttpProtocols }, 'http'),
    raw('catchall-tcp', { transportProtocol: 'raw_buffer' }, 'tcp'),
  ];
  switch (inbound.passthrough.mutualTls) {
    case 'strict':
      return [tls(meshHttpProtocols, 'http'), tls([], 'tcp')];
    case 'permissive':
      return [
        tls(meshHttpProtocols, 'http'),
        tls(
          meshProtocols.filter((name) => !meshHttpProtocols.includes(name)),
          'tcp',
        ),
        ...plain,
        raw('catchall-tls', { transportProtocol: 'tls' }, 'tcp'),
      ];
    case 'disable':
      return [...plain, raw('catchall-tls', { transportProtocol: 'tls' }, 'tcp')];
  }
}

function passthroughFilters(inbound: InboundIr, protocol: Protocol, mutualTls: boolean): TypedExtension[] {
  const reporter: Reporter = { direction: 'inbound', port: undefined, protocol, mutualTls };
  const { authorization } = inbound.passthrough;
  const cluster = inboundPassthroughCluster;
  if (protocol === 'tcp') {
    return [
      ...networkRbacFilters(authorization, undefined, 'tcp.'),
      tcpProxy({ statPrefix: cluster, cluster, reporter }),
    ];
  }
  const config = everythingTo(cluster, { virtualHost: 'inbound|http|0', authorization, port: undefined });
  return [httpConnectionManager({ statPrefix: cluster, routes: { kind: 'inline', config }, reporter })];
}
