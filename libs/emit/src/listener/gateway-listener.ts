import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { GatewayChainIr, ListenerIr } from '@malla/ir';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FilterChainSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { httpConnectionManager } from '../http-connection-manager.ts';
import { istioMetadata, originFields } from '../origin.ts';
import { networkRbacFilters } from '../rbac/filters.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import { listenerAddresses } from '../wire/address.ts';
import type { TypedExtension } from '../wire/typed-config.ts';
import { tlsInspector } from './listener-filters.ts';
import { serverTls } from './server-tls.ts';
import { tcpProxy } from './tcp-proxy.ts';

type GatewayListener = Extract<ListenerIr, { kind: 'gateway' }>;

/** Strangers can make a proxy keep so many bytes for each connection. Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge */
const connectionBufferBytes = 32_768;

/**
 * One port of a router, open to callers of any kind: a filter chain for each server of its Gateways, told apart by the server name of TLS. A client that
 * names no server, or another one, is closed where all chains have names.
 */
export function gatewayListener(ir: GatewayListener): Listener {
  const { chains } = ir.port;
  return create(ListenerSchema, {
    name: ir.name,
    ...listenerAddresses(ir),
    trafficDirection: TrafficDirection.OUTBOUND,
    perConnectionBufferLimitBytes: connectionBufferBytes,
    listenerFilters: chains.some(({ transport }) => transport !== 'none') ? [tlsInspector()] : [],
    filterChains: chains.map((chain) => filterChain(chain, ir)),
  });
}

function filterChain(chain: GatewayChainIr, ir: GatewayListener): MessageInitShape<typeof FilterChainSchema> {
  const { name, serverNames, transport, tls, target, origin } = chain;
  return {
    name,
    filterChainMatch: {
      serverNames: [...serverNames],
      // Plain text on a port of TLS finds no chain.
      ...(transport !== 'none' && { transportProtocol: 'tls' }),
    },
    ...(tls && { transportSocket: serverTls(tls, { trustDomains: ir.trustDomains, http: target.kind === 'http' }) }),
    filters: filters(chain, ir),
    metadata: istioMetadata(originFields(origin)),
  };
}

function filters({ target }: GatewayChainIr, ir: GatewayListener): TypedExtension[] {
  const { name, port, authorization, authorizers = [], telemetry } = ir;
  // What a gateway counts, traces and logs is what it calls, as with Istio's.
  const reporter: Reporter = { direction: 'outbound', telemetry };
  const statPrefix = `outbound_${name}`;
  if (target.kind === 'http')
    return [httpConnectionManager({ statPrefix, routeConfig: target.routeConfig, reporter, authorizers, edge: true })];
  return [
    ...networkRbacFilters(authorization.tcp, port.port, 'tcp.'),
    tcpProxy({ statPrefix, cluster: target.clusters, reporter }),
  ];
}
