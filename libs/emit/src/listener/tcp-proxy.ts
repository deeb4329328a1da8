import type { ConnectionPoolIr } from '@malla/ir';
import {
  TcpProxySchema,
  UpstreamConnectMode,
} from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { tcpAccessLogOptions, tcpAccessLogs } from '../telemetry/access-log.ts';
import type { Reporter } from '../telemetry/istio-metrics.ts';
import { duration } from '../wire/duration.ts';
import { extension, type TypedExtension } from '../wire/typed-config.ts';

/** A cluster and its share, relative to the sum of all. */
export interface WeightedCluster {
  readonly cluster: string;
  readonly weight: number;
}

/** What differs from one TCP proxy to another. */
export interface TcpProxyParams {
  readonly statPrefix: string;
  /** One, or several by weight. */
  readonly cluster: string | readonly WeightedCluster[];
  readonly reporter: Reporter;
  /** Limits of the destination, when it has some. */
  readonly pool?: ConnectionPoolIr;
}

/** The network filter that passes bytes. */
export function tcpProxy({ statPrefix, cluster, reporter, pool = {} }: TcpProxyParams): TypedExtension {
  return extension('envoy.filters.network.tcp_proxy', TcpProxySchema, {
    statPrefix,
    clusterSpecifier: clusterSpecifier(cluster),
    accessLog: tcpAccessLogs(reporter),
    accessLogOptions: tcpAccessLogOptions,
    ...(reporter.direction === 'inbound' && reporter.mutualTls && afterHandshake),
    ...(pool.tcpIdleTimeoutMs !== undefined && { idleTimeout: duration(pool.tcpIdleTimeoutMs) }),
    ...(pool.maxConnectionDurationMs !== undefined && {
      maxDownstreamConnectionDuration: duration(pool.maxConnectionDurationMs),
    }),
  });
}

/** The application hears of no caller that has not proven who it is, and metrics of opened connections know the caller. */
const afterHandshake = { upstreamConnectMode: UpstreamConnectMode.ON_DOWNSTREAM_TLS_HANDSHAKE, maxEarlyDataBytes: 0 };

function clusterSpecifier(cluster: TcpProxyParams['cluster']) {
  if (typeof cluster === 'string') return { case: 'cluster' as const, value: cluster };
  const [first, ...others] = cluster;
  if (first === undefined) throw new Error('a TCP proxy needs a destination');
  if (others.length === 0) return { case: 'cluster' as const, value: first.cluster };
  const clusters = cluster.map(({ cluster: name, weight }) => ({ name, weight }));
  return { case: 'weightedClusters' as const, value: { clusters } };
}
