import type { TcpProxyConfig } from '@malla/proxy-config';
import {
  UpstreamConnectMode,
  type TcpProxy,
} from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { readAccessLogs } from '../access-log/access-log.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Clusters = TcpProxyConfig['clusters'];

/** Envoy's default. */
const idleTimeoutMs = 3_600_000;

/** The network filter that passes bytes. */
export function readTcpProxy(reader: FieldReader<TcpProxy>): TcpProxyConfig {
  // Upstream is connected as soon as the client's handshake is done, without which there is nothing to say.
  reader.choice('upstreamConnectMode', {
    [UpstreamConnectMode.IMMEDIATE]: true,
    [UpstreamConnectMode.ON_DOWNSTREAM_TLS_HANDSHAKE]: true,
  });
  reader.expect('maxEarlyDataBytes', 0);
  const clusters = reader.oneof<'clusterSpecifier', Clusters>('clusterSpecifier', {
    cluster: (name, path) => {
      if (name === '') reader.reading.report(path, 'is required');
      return [{ name, weight: 1 }];
    },
    weightedClusters: (weighted) =>
      weighted.messages('clusters').map((cluster) => ({ name: cluster.take('name'), weight: cluster.take('weight') })),
  });
  const maxDownstreamConnectionDurationMs = reader.duration('maxDownstreamConnectionDuration');
  return {
    statPrefix: reader.take('statPrefix'),
    clusters: clusters ?? [],
    idleTimeoutMs: reader.duration('idleTimeout') ?? idleTimeoutMs,
    ...(maxDownstreamConnectionDurationMs !== undefined && { maxDownstreamConnectionDurationMs }),
    maxConnectAttempts: reader.take('maxConnectAttempts') ?? 1,
    accessLog: readAccessLogs(reader.messages('accessLog')),
    flushAccessLogOnConnected: readFlush(reader),
  };
}

/** The old field and the new one say the same; Envoy refuses both. */
function readFlush(reader: FieldReader<TcpProxy>): boolean {
  const old = reader.take('flushAccessLogOnConnected');
  const options = reader.message('accessLogOptions');
  if (old && options) reader.refuse('flushAccessLogOnConnected', 'must not be set with access_log_options');
  return options ? options.take('flushAccessLogOnConnected') : old;
}
