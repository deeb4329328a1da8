import type { Http2Counters } from '@malla/http-codec';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import type { Counter, Gauge, Histogram, StatsScope } from '../../runtime/instruments.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { http2Stats } from './http2-stats.ts';
import { ResponseCodes } from './response-codes.ts';

/** A cluster's statistics of requests, under Envoy's names; what its limits refuse is counted with them. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/upstream/cluster_manager/cluster_stats */
export class ClusterStats {
  readonly total: Counter;
  readonly active: Gauge;
  readonly pendingTotal: Counter;
  readonly pendingActive: Gauge;
  readonly pendingFailureEject: Counter;
  readonly cancelled: Counter;
  readonly timeout: Counter;
  readonly perTryTimeout: Counter;
  readonly perTryIdleTimeout: Counter;
  readonly maxDurationReached: Counter;
  readonly rxReset: Counter;
  readonly txReset: Counter;
  readonly retry: Counter;
  readonly retrySuccess: Counter;
  readonly retryLimitExceeded: Counter;
  readonly retryBackoffExponential: Counter;
  readonly retryOrShadowAbandoned: Counter;
  readonly http1Connections: Counter;
  readonly http2Connections: Counter;
  readonly connectionMaxRequests: Counter;
  readonly connectionIdleTimeout: Counter;
  readonly protocolError: Counter;
  readonly pausedReading: Counter;
  readonly resumedReading: Counter;
  readonly time: Histogram;
  readonly externalTime: Histogram;
  readonly codes: ResponseCodes;
  readonly externalCodes: ResponseCodes;
  readonly retryCodes: ResponseCodes;
  readonly #scope: StatsScope;
  #http2: Http2Counters | undefined;

  constructor(scope: StatsScope) {
    this.#scope = scope;
    this.total = scope.counter('upstream_rq_total');
    this.active = scope.gauge('upstream_rq_active');
    this.pendingTotal = scope.counter('upstream_rq_pending_total');
    this.pendingActive = scope.gauge('upstream_rq_pending_active');
    this.pendingFailureEject = scope.counter('upstream_rq_pending_failure_eject');
    this.cancelled = scope.counter('upstream_rq_cancelled');
    this.timeout = scope.counter('upstream_rq_timeout');
    this.perTryTimeout = scope.counter('upstream_rq_per_try_timeout');
    this.perTryIdleTimeout = scope.counter('upstream_rq_per_try_idle_timeout');
    this.maxDurationReached = scope.counter('upstream_rq_max_duration_reached');
    this.rxReset = scope.counter('upstream_rq_rx_reset');
    this.txReset = scope.counter('upstream_rq_tx_reset');
    this.retry = scope.counter('upstream_rq_retry');
    this.retrySuccess = scope.counter('upstream_rq_retry_success');
    this.retryLimitExceeded = scope.counter('upstream_rq_retry_limit_exceeded');
    this.retryBackoffExponential = scope.counter('upstream_rq_retry_backoff_exponential');
    this.retryOrShadowAbandoned = scope.counter('retry_or_shadow_abandoned');
    this.http1Connections = scope.counter('upstream_cx_http1_total');
    this.http2Connections = scope.counter('upstream_cx_http2_total');
    this.connectionMaxRequests = scope.counter('upstream_cx_max_requests');
    this.connectionIdleTimeout = scope.counter('upstream_cx_idle_timeout');
    this.protocolError = scope.counter('upstream_cx_protocol_error');
    this.pausedReading = scope.counter('upstream_flow_control_paused_reading_total');
    this.resumedReading = scope.counter('upstream_flow_control_resumed_reading_total');
    this.time = scope.histogram('upstream_rq_time');
    this.externalTime = scope.histogram('external.upstream_rq_time');
    this.codes = new ResponseCodes(scope, 'upstream_');
    this.externalCodes = new ResponseCodes(scope, 'external.upstream_');
    this.retryCodes = new ResponseCodes(scope, 'retry.upstream_');
  }

  /** Of its HTTP/2 connections; made with the first of them. */
  get http2(): Http2Counters {
    return (this.#http2 ??= http2Stats(this.#scope));
  }

  /** An answer, the upstream's or our own. No request is internal: by default Envoy takes no address to be. */
  chargeCode(status: number): void {
    this.codes.count(status);
    this.externalCodes.count(status);
  }

  chargeTime(ms: number): void {
    this.time.record(ms);
    this.externalTime.record(ms);
  }
}

const known = new WeakMap<ClusterRuntime, ClusterStats>();

export function clusterStatsOf(cluster: ClusterRuntime, services: WorkerServices): ClusterStats {
  const found = known.get(cluster);
  if (found !== undefined) return found;
  const name = cluster.config.statName;
  const scope = services.stats.scope({
    prefix: `cluster.${name}`,
    prometheusPrefix: 'cluster',
    tags: [['envoy_cluster_name', name]],
  });
  const made = new ClusterStats(scope);
  known.set(cluster, made);
  return made;
}
