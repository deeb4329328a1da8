import type { Counter, Gauge, Histogram, StatsScope } from '../runtime/services.ts';

/** Scope of a cluster's statistics: `cluster.<name>.`, with the name as a label in Prometheus' format. */
export function clusterScope(stats: StatsScope, statName: string): StatsScope {
  return stats.scope({
    prefix: `cluster.${statName}.`,
    prometheusPrefix: 'cluster.',
    tags: [['envoy_cluster_name', statName]],
  });
}

/** Statistics of a cluster's connections and members, by Envoy's names. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/upstream/cluster_manager/cluster_stats */
export class ClusterStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxConnectFail: Counter;
  readonly cxConnectTimeout: Counter;
  readonly cxConnectMs: Histogram;
  readonly cxLengthMs: Histogram;
  readonly cxDestroy: Counter;
  readonly cxDestroyLocal: Counter;
  readonly cxDestroyRemote: Counter;
  readonly cxOverflow: Counter;
  readonly cxNoneHealthy: Counter;
  readonly cxConnectAttemptsExceeded: Counter;
  readonly cxRxBytes: Counter;
  readonly cxTxBytes: Counter;
  readonly rqTotal: Counter;
  readonly rqActive: Gauge;
  readonly rqPendingOverflow: Counter;
  readonly rqRetryOverflow: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly membershipDegraded: Gauge;
  readonly membershipExcluded: Gauge;
  readonly membershipChange: Counter;
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateEmpty: Counter;
  readonly sslHandshake: Counter;
  readonly sslConnectionError: Counter;
  readonly sslSessionReused: Counter;
  readonly sslFailVerifyError: Counter;
  readonly sslFailVerifyNoCert: Counter;
  readonly sslFailVerifySan: Counter;
  readonly sslFailVerifyCertHash: Counter;
  readonly sslContextUpdateBySds: Counter;
  readonly sslUpstreamContextSecretsNotReady: Counter;

  constructor(scope: StatsScope) {
    this.cxTotal = scope.counter('upstream_cx_total');
    this.cxActive = scope.gauge('upstream_cx_active');
    this.cxConnectFail = scope.counter('upstream_cx_connect_fail');
    this.cxConnectTimeout = scope.counter('upstream_cx_connect_timeout');
    this.cxConnectMs = scope.histogram('upstream_cx_connect_ms');
    this.cxLengthMs = scope.histogram('upstream_cx_length_ms');
    this.cxDestroy = scope.counter('upstream_cx_destroy');
    this.cxDestroyLocal = scope.counter('upstream_cx_destroy_local');
    this.cxDestroyRemote = scope.counter('upstream_cx_destroy_remote');
    this.cxOverflow = scope.counter('upstream_cx_overflow');
    this.cxNoneHealthy = scope.counter('upstream_cx_none_healthy');
    this.cxConnectAttemptsExceeded = scope.counter('upstream_cx_connect_attempts_exceeded');
    this.cxRxBytes = scope.counter('upstream_cx_rx_bytes_total');
    this.cxTxBytes = scope.counter('upstream_cx_tx_bytes_total');
    this.rqTotal = scope.counter('upstream_rq_total');
    this.rqActive = scope.gauge('upstream_rq_active');
    this.rqPendingOverflow = scope.counter('upstream_rq_pending_overflow');
    this.rqRetryOverflow = scope.counter('upstream_rq_retry_overflow');
    this.membershipTotal = scope.gauge('membership_total');
    this.membershipHealthy = scope.gauge('membership_healthy');
    this.membershipDegraded = scope.gauge('membership_degraded');
    this.membershipExcluded = scope.gauge('membership_excluded');
    this.membershipChange = scope.counter('membership_change');
    this.updateAttempt = scope.counter('update_attempt');
    this.updateSuccess = scope.counter('update_success');
    this.updateFailure = scope.counter('update_failure');
    this.updateEmpty = scope.counter('update_empty');
    this.sslHandshake = scope.counter('ssl.handshake');
    this.sslConnectionError = scope.counter('ssl.connection_error');
    this.sslSessionReused = scope.counter('ssl.session_reused');
    this.sslFailVerifyError = scope.counter('ssl.fail_verify_error');
    this.sslFailVerifyNoCert = scope.counter('ssl.fail_verify_no_cert');
    this.sslFailVerifySan = scope.counter('ssl.fail_verify_san');
    this.sslFailVerifyCertHash = scope.counter('ssl.fail_verify_cert_hash');
    this.sslContextUpdateBySds = scope.counter('ssl_context_update_by_sds');
    this.sslUpstreamContextSecretsNotReady = scope.counter(
      'client_ssl_socket_factory.upstream_context_secrets_not_ready',
    );
  }
}
