import type { Counter, Gauge, StatsScope } from '../runtime/services.ts';

/** Statistics of a TCP proxy by Envoy's names. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/listeners/network_filters/tcp_proxy_filter */
export class TcpStats {
  readonly cxTotal: Counter;
  readonly cxNoRoute: Counter;
  readonly cxRxBytes: Counter;
  readonly cxTxBytes: Counter;
  readonly pausedReading: Counter;
  readonly resumedReading: Counter;
  readonly idleTimeout: Counter;
  readonly maxDuration: Counter;
  readonly upstreamFlushTotal: Counter;
  readonly upstreamFlushActive: Gauge;

  constructor(stats: StatsScope, statPrefix: string) {
    const scope = stats.scope({
      prefix: `tcp.${statPrefix}.`,
      prometheusPrefix: 'tcp.',
      tags: [['envoy_tcp_prefix', statPrefix]],
    });
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxNoRoute = scope.counter('downstream_cx_no_route');
    this.cxRxBytes = scope.counter('downstream_cx_rx_bytes_total');
    this.cxTxBytes = scope.counter('downstream_cx_tx_bytes_total');
    this.pausedReading = scope.counter('downstream_flow_control_paused_reading_total');
    this.resumedReading = scope.counter('downstream_flow_control_resumed_reading_total');
    this.idleTimeout = scope.counter('idle_timeout');
    this.maxDuration = scope.counter('max_downstream_connection_duration');
    this.upstreamFlushTotal = scope.counter('upstream_flush_total');
    this.upstreamFlushActive = scope.gauge('upstream_flush_active');
  }
}
