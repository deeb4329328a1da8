import type { AccessLogConfig } from './access-log.ts';

/** The network filter that passes bytes to a cluster. Source: Envoy's extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto */
export interface TcpProxyConfig {
  readonly statPrefix: string;
  /** At least one, weights above 0; relative to their sum. A cluster that does not exist closes the connection. */
  readonly clusters: readonly { readonly name: string; readonly weight: number }[];
  /** No bytes in either direction for so long; 0: never. Envoy's default is one hour. */
  readonly idleTimeoutMs: number;
  readonly maxDownstreamConnectionDurationMs?: number;
  /** Tries to connect, each with a newly picked host; 1 or more. */
  readonly maxConnectAttempts: number;
  readonly accessLog: readonly AccessLogConfig[];
  /** Logs (type TcpUpstreamConnected) when the upstream connection stands, besides at the end. */
  readonly flushAccessLogOnConnected: boolean;
}
