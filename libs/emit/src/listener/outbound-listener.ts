import { create } from '@bufbuild/protobuf';
import {
  blackHoleCluster,
  passthroughCluster,
  virtualOutboundName,
  type ConnectionPoolIr,
  type ListenerIr,
} from '@malla/ir';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { httpConnectionManager } from '../http-connection-manager.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import { listenerAddresses } from '../wire/address.ts';
import { tcpProxy } from './tcp-proxy.ts';

type OutboundListener = Extract<ListenerIr, { readonly bindToPort: boolean }>;

/** The proxy's application calls. */
function reporterOf({ telemetry }: Pick<ListenerIr, 'telemetry'>): Reporter {
  return { direction: 'outbound', telemetry };
}

/** HTTP to services, routes by RDS. */
export function outboundHttpListener(ir: Extract<ListenerIr, { kind: 'outbound-http' }>): Listener {
  return create(ListenerSchema, {
    ...common(ir),
    filterChains: [
      {
        filters: [
          httpConnectionManager({
            statPrefix: `outbound_${ir.name}`,
            routeConfig: ir.routeConfig,
            reporter: reporterOf(ir),
          }),
        ],
      },
    ],
  });
}

/** TCP to one service port. */
export function outboundTcpListener(
  ir: Extract<ListenerIr, { kind: 'outbound-tcp' }>,
  pool: ConnectionPoolIr | undefined,
): Listener {
  const { cluster } = ir;
  return create(ListenerSchema, {
    ...common(ir),
    filterChains: [
      { filters: [tcpProxy({ statPrefix: cluster, cluster, reporter: reporterOf(ir), ...(pool && { pool }) })] },
    ],
  });
}

/** 15001: hands captured connections to the listener of their original destination, else passes them through or refuses them. */
export function virtualOutbound(ir: Extract<ListenerIr, { kind: 'virtual-outbound' }>): Listener {
  const reporter = reporterOf(ir);
  const unknown = ir.refusesUnknown === true ? blackHoleCluster : passthroughCluster;
  return create(ListenerSchema, {
    ...common({ ...ir, bindToPort: true }),
    useOriginalDst: true,
    filterChains: [
      {
        // Connections to the listener's own port would come back to it for ever.
        name: `${virtualOutboundName}-blackhole`,
        filterChainMatch: { destinationPort: ir.bind.port },
        filters: [tcpProxy({ statPrefix: blackHoleCluster, cluster: blackHoleCluster, reporter })],
      },
    ],
    defaultFilterChain: {
      name: `${virtualOutboundName}-catchall-tcp`,
      filters: [tcpProxy({ statPrefix: unknown, cluster: unknown, reporter })],
    },
  });
}

function common(ir: Pick<OutboundListener, 'name' | 'bind' | 'alsoBind' | 'bindToPort'>) {
  return {
    name: ir.name,
    ...listenerAddresses(ir),
    trafficDirection: TrafficDirection.OUTBOUND,
    ...(!ir.bindToPort && { bindToPort: false }),
  };
}
