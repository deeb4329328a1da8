import type { Counter, Gauge, StatsScope } from '../runtime/instruments.ts';
import { clusterScope } from '../upstream/cluster-stats.ts';

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

/** What a TCP proxy counts of a cluster: every connection is a request there, too. */
export class TcpUpstreamStats {
  readonly rqTotal: Counter;
  readonly rqActive: Gauge;
  readonly rqPendingTotal: Counter;
  readonly rqPendingActive: Gauge;
  readonly rqPendingFailureEject: Counter;
  readonly rqPendingCancelled: Counter;
  readonly destroyLocalActive: Counter;
  readonly destroyRemoteActive: Counter;
  readonly destroyActive: Counter;
  readonly noneHealthy: Counter;
  readonly attemptsExceeded: Counter;

  constructor(stats: StatsScope, statName: string) {
    const scope = clusterScope(stats, statName);
    this.rqTotal = scope.counter('upstream_rq_total');
    this.rqActive = scope.gauge('upstream_rq_active');
    this.rqPendingTotal = scope.counter('upstream_rq_pending_total');
    this.rqPendingActive = scope.gauge('upstream_rq_pending_active');
    this.rqPendingFailureEject = scope.counter('upstream_rq_pending_failure_eject');
    this.rqPendingCancelled = scope.counter('upstream_rq_cancelled');
    this.destroyLocalActive = scope.counter('upstream_cx_destroy_local_with_active_rq');
    this.destroyRemoteActive = scope.counter('upstream_cx_destroy_remote_with_active_rq');
    this.destroyActive = scope.counter('upstream_cx_destroy_with_active_rq');
    this.noneHealthy = scope.counter('upstream_cx_none_healthy');
    this.attemptsExceeded = scope.counter('upstream_cx_connect_attempts_exceeded');
  }
}
