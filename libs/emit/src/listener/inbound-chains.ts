import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AuthorizerIr, InboundPortIr, MutualTlsMode, TelemetryIr } from '@malla/ir';
import type { FilterChainSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { httpConnectionManager } from '../http-connection-manager.ts';
import { istioMetadata, originFields } from '../origin.ts';
import { networkRbacFilters } from '../rbac/filters.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import type { TypedExtension } from '../wire/typed-config.ts';
import { downstreamTls } from './downstream-tls.ts';
import { tcpProxy } from './tcp-proxy.ts';

/** A filter chain as generated code takes it. */
export type FilterChain = MessageInitShape<typeof FilterChainSchema>;

/** Application protocols that say "mutual TLS of the mesh" where the application may have TLS of its own. */
export const meshProtocols = ['istio-peer-exchange', 'istio', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2'];

/** What the chains of one inbound port are made of. */
export interface InboundChainsParams {
  readonly port: InboundPortIr;
  /** Name of the cluster to the application, and of the route configuration that leads to it. */
  readonly cluster: string;
  readonly trustDomains: readonly string[];
  readonly authorizers: readonly AuthorizerIr[];
  /** Several ports share the listener, so each chain names its own (REDIRECT). */
  readonly matchPort: boolean;
  readonly telemetry: TelemetryIr | undefined;
}

/**
 * The filter chains of one inbound port, by what its PeerAuthentication accepts:
 * strict: mutual TLS only; permissive: mutual TLS and plain text, for TCP also the application's own TLS; disable: bytes as they are.
 */
export function inboundChains(params: InboundChainsParams): FilterChain[] {
  const { mutualTls, protocol } = params.port;
  const tls = (match: object) => chain(params, { match, mutualTls: true, label: 'mtls' });
  const raw = (match: object, label: string) => chain(params, { match, mutualTls: false, label });
  switch (mutualTls) {
    case 'strict':
      return [tls({ transportProtocol: 'tls' })];
    case 'disable':
      return [raw({}, 'plain')];
    case 'permissive':
      return [
        tls({ transportProtocol: 'tls', applicationProtocols: meshProtocols }),
        raw({ transportProtocol: 'raw_buffer' }, 'plain'),
        ...(protocol === 'tcp' ? [raw({ transportProtocol: 'tls' }, 'tls')] : []),
      ];
  }
}

/** Whether chains of this mode need to know if a connection is TLS. */
export function needsTlsInspector(mode: MutualTlsMode): boolean {
  return mode !== 'disable';
}

/** One chain: what it matches, and whether it ends mutual TLS. */
interface ChainParams {
  readonly match: object;
  readonly mutualTls: boolean;
  readonly label: string;
}

function chain(params: InboundChainsParams, { match, mutualTls, label }: ChainParams): FilterChain {
  const { port, trustDomains, matchPort } = params;
  return {
    name: `${params.cluster}-${label}`,
    filterChainMatch: { ...match, ...(matchPort && { destinationPort: port.targetPort }) },
    ...(mutualTls && { transportSocket: downstreamTls(trustDomains, port.protocol) }),
    filters: filters(params, mutualTls),
    ...(port.mutualTlsOrigin && { metadata: istioMetadata(originFields(port.mutualTlsOrigin)) }),
  };
}

function filters({ port, cluster, authorizers, telemetry }: InboundChainsParams, mutualTls: boolean): TypedExtension[] {
  const reporter: Reporter = { direction: 'inbound', port, mutualTls, telemetry };
  const statPrefix = `inbound_${port.targetPort}`;
  if (port.protocol === 'tcp') {
    return [
      ...networkRbacFilters(port.authorization, port.targetPort, 'tcp.'),
      tcpProxy({ statPrefix, cluster, reporter }),
    ];
  }
  return [httpConnectionManager({ statPrefix, routeConfig: cluster, reporter, authorizers })];
}
