import { create } from '@bufbuild/protobuf';
import {
  blackHoleCluster,
  inboundPassthroughCluster,
  virtualInboundName,
  type InboundIr,
  type ListenerIr,
  type TelemetryIr,
} from '@malla/ir';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { networkRbacFilters } from '../rbac/filters.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import { listenerAddresses } from '../wire/address.ts';
import type { TypedExtension } from '../wire/typed-config.ts';
import { downstreamTls } from './downstream-tls.ts';
import { inboundChains, meshProtocols, needsTlsInspector, type FilterChain } from './inbound-chains.ts';
import { detectionTimeout, originalDst, tlsInspector } from './listener-filters.ts';
import { tcpProxy } from './tcp-proxy.ts';

/** Every inbound port of a captured workload, told apart by original destination (interception REDIRECT). */
export function virtualInbound(ir: Extract<ListenerIr, { kind: 'virtual-inbound' }>): Listener {
  const { telemetry, inbound } = ir;
  const { ports, trustDomains, authorizers = [] } = inbound;
  return create(ListenerSchema, {
    name: ir.name,
    ...listenerAddresses(ir),
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: [originalDst(), ...inspectors(ir)],
    listenerFiltersTimeout: detectionTimeout,
    continueOnListenerFiltersTimeout: true,
    filterChains: [
      loopGuard(ir.bind.port),
      ...ports.flatMap((port) =>
        inboundChains({ port, cluster: port.cluster, trustDomains, authorizers, matchPort: true, telemetry }),
      ),
      ...passthroughChains(inbound, telemetry),
    ],
  });
}

/** Nothing waits for a client's first bytes on ports where nobody asks for them. */
function inspectors({ inbound, bind }: Extract<ListenerIr, { kind: 'virtual-inbound' }>) {
  const portsOf = (inspected: boolean) =>
    inbound.ports.filter((port) => needsTlsInspector(port.mutualTls) === inspected).map((port) => port.targetPort);
  if (needsTlsInspector(inbound.passthrough.mutualTls))
    return [tlsInspector({ except: [bind.port, ...portsOf(false)] })];
  const only = portsOf(true);
  return only.length === 0 ? [] : [tlsInspector({ only })];
}

/** Connections to the listener's own port would come back to it for ever. */
function loopGuard(port: number): FilterChain {
  const reporter: Reporter = { direction: 'inbound', port: undefined, mutualTls: false };
  return {
    name: `${virtualInboundName}-blackhole`,
    filterChainMatch: { destinationPort: port },
    filters: [tcpProxy({ statPrefix: blackHoleCluster, cluster: blackHoleCluster, reporter })],
  };
}

/**
 * Ports that no Service names are opaque: nobody says that they speak HTTP, and to find out would keep waiting every client that does not send a whole
 * line first.
 */
function passthroughChains(inbound: InboundIr, telemetry: TelemetryIr | undefined): FilterChain[] {
  const tls = (match: object): FilterChain => ({
    name: `${virtualInboundName}-mtls`,
    filterChainMatch: { transportProtocol: 'tls', ...match },
    transportSocket: downstreamTls(inbound.trustDomains, 'tcp'),
    filters: passthroughFilters(inbound, true, telemetry),
  });
  const raw = (name: string, match: object): FilterChain => ({
    name: `${virtualInboundName}-${name}`,
    filterChainMatch: match,
    filters: passthroughFilters(inbound, false, telemetry),
  });
  switch (inbound.passthrough.mutualTls) {
    case 'strict':
      return [tls({})];
    case 'permissive':
      return [
        tls({ applicationProtocols: meshProtocols }),
        raw('catchall-tcp', { transportProtocol: 'raw_buffer' }),
        raw('catchall-tls', { transportProtocol: 'tls' }),
      ];
    case 'disable':
      return [raw('catchall-tcp', {})];
  }
}

function passthroughFilters(
  inbound: InboundIr,
  mutualTls: boolean,
  telemetry: TelemetryIr | undefined,
): TypedExtension[] {
  const cluster = inboundPassthroughCluster;
  const reporter: Reporter = { direction: 'inbound', port: undefined, mutualTls, telemetry };
  return [
    ...networkRbacFilters(inbound.passthrough.authorization, undefined, 'tcp.'),
    tcpProxy({ statPrefix: cluster, cluster, reporter }),
  ];
}
