import type { ConnectionPoolIr } from '@malla/ir';
import { TcpProxySchema } from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { tcpAccessLogOptions, tcpAccessLogs, type Reporter } from '../telemetry/access-log.ts';
import { duration } from '../wire/duration.ts';
import { extension, type TypedExtension } from '../wire/typed-config.ts';

/** What differs from one TCP proxy to another. */
export interface TcpProxyParams {
  readonly statPrefix: string;
  readonly cluster: string;
  readonly reporter: Reporter;
  /** Limits of the destination, when it has some. */
  readonly pool?: ConnectionPoolIr;
}

/** The network filter that passes bytes. */
export function tcpProxy({ statPrefix, cluster, reporter, pool = {} }: TcpProxyParams): TypedExtension {
  return extension('envoy.filters.network.tcp_proxy', TcpProxySchema, {
    statPrefix,
    clusterSpecifier: { case: 'cluster', value: cluster },
    accessLog: tcpAccessLogs(reporter),
    accessLogOptions: tcpAccessLogOptions,
    ...(pool.tcpIdleTimeoutMs !== undefined && { idleTimeout: duration(pool.tcpIdleTimeoutMs) }),
    ...(pool.maxConnectionDurationMs !== undefined && {
      maxDownstreamConnectionDuration: duration(pool.maxConnectionDurationMs),
    }),
  });
}
