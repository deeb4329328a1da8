import type { Counter, Gauge, Histogram, StatsScope } from '../../runtime/instruments.ts';

/**
 * A connection manager's statistics, under Envoy's names.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_conn_man/stats
 */
export class ManagerStats {
  readonly connections: Counter;
  readonly connectionsActive: Gauge;
  readonly http1Connections: Counter;
  readonly http1ConnectionsActive: Gauge;
  readonly http2Connections: Counter;
  readonly http2ConnectionsActive: Gauge;
  readonly sslConnections: Counter;
  readonly sslConnectionsActive: Gauge;
  readonly connectionsDestroyed: Counter;
  readonly connectionsDestroyedLocally: Counter;
  readonly connectionsDestroyedRemotely: Counter;
  readonly connectionsDestroyedActive: Counter;
  readonly connectionsDestroyedLocallyActive: Counter;
  readonly connectionsDestroyedRemotelyActive: Counter;
  readonly connectionLength: Histogram;
  readonly bytesReceived: Counter;
  readonly bytesSent: Counter;
  readonly upgrades: Counter;
  readonly upgradesActive: Gauge;
  readonly drainClose: Counter;
  readonly idleTimeout: Counter;
  readonly maxDurationReached: Counter;
  readonly maxRequestsReached: Counter;
  readonly protocolError: Counter;
  readonly total: Counter;
  readonly http1: Counter;
  readonly http2: Counter;
  readonly active: Gauge;
  readonly completed: Counter;
  readonly responseBeforeRequestComplete: Counter;
  readonly rxReset: Counter;
  readonly txReset: Counter;
  readonly requestTimeout: Counter;
  readonly requestHeaderTimeout: Counter;
  readonly requestIdleTimeout: Counter;
  readonly requestMaxDurationReached: Counter;
  readonly nonRelativePath: Counter;
  readonly normalizationRedirect: Counter;
  readonly normalizationFailed: Counter;
  readonly tooLarge: Counter;
  readonly overloadClose: Counter;
  readonly upgradeOnOtherRoute: Counter;
  readonly pausedReading: Counter;
  readonly resumedReading: Counter;
  readonly time: Histogram;
  readonly noRoute: Counter;
  readonly noCluster: Counter;
  readonly routed: Counter;
  readonly directResponse: Counter;
  readonly redirect: Counter;
  readonly resetAfterResponseStarted: Counter;
  readonly #classes: readonly Counter[];
  readonly #ofListener: ListenerCodes | undefined;

  /** @param ofListener `listener.<address>.http.<prefix>.` */
  constructor(scope: StatsScope, ofListener?: StatsScope) {
    this.#ofListener = ofListener && new ListenerCodes(ofListener);
    this.connections = scope.counter('downstream_cx_total');
    this.connectionsActive = scope.gauge('downstream_cx_active');
    this.http1Connections = scope.counter('downstream_cx_http1_total');
    this.http1ConnectionsActive = scope.gauge('downstream_cx_http1_active');
    this.http2Connections = scope.counter('downstream_cx_http2_total');
    this.http2ConnectionsActive = scope.gauge('downstream_cx_http2_active');
    this.sslConnections = scope.counter('downstream_cx_ssl_total');
    this.sslConnectionsActive = scope.gauge('downstream_cx_ssl_active');
    this.connectionsDestroyed = scope.counter('downstream_cx_destroy');
    this.connectionsDestroyedLocally = scope.counter('downstream_cx_destroy_local');
    this.connectionsDestroyedRemotely = scope.counter('downstream_cx_destroy_remote');
    this.connectionsDestroyedActive = scope.counter('downstream_cx_destroy_active_rq');
    this.connectionsDestroyedLocallyActive = scope.counter('downstream_cx_destroy_local_active_rq');
    this.connectionsDestroyedRemotelyActive = scope.counter('downstream_cx_destroy_remote_active_rq');
    this.connectionLength = scope.histogram('downstream_cx_length_ms');
    this.bytesReceived = scope.counter('downstream_cx_rx_bytes_total');
    this.bytesSent = scope.counter('downstream_cx_tx_bytes_total');
    this.upgrades = scope.counter('downstream_cx_upgrades_total');
    this.upgradesActive = scope.gauge('downstream_cx_upgrades_active');
    this.drainClose = scope.counter('downstream_cx_drain_close');
    this.idleTimeout = scope.counter('downstream_cx_idle_timeout');
    this.maxDurationReached = scope.counter('downstream_cx_max_duration_reached');
    this.maxRequestsReached = scope.counter('downstream_cx_max_requests_reached');
    this.protocolError = scope.counter('downstream_cx_protocol_error');
    this.total = scope.counter('downstream_rq_total');
    this.http1 = scope.counter('downstream_rq_http1_total');
    this.http2 = scope.counter('downstream_rq_http2_total');
    this.active = scope.gauge('downstream_rq_active');
    this.completed = scope.counter('downstream_rq_completed');
    this.responseBeforeRequestComplete = scope.counter('downstream_rq_response_before_rq_complete');
    this.rxReset = scope.counter('downstream_rq_rx_reset');
    this.txReset = scope.counter('downstream_rq_tx_reset');
    this.requestTimeout = scope.counter('downstream_rq_timeout');
    this.requestHeaderTimeout = scope.counter('downstream_rq_header_timeout');
    this.requestIdleTimeout = scope.counter('downstream_rq_idle_timeout');
    this.requestMaxDurationReached = scope.counter('downstream_rq_max_duration_reached');
    this.nonRelativePath = scope.counter('downstream_rq_non_relative_path');
    this.normalizationRedirect = scope.counter('downstream_rq_redirected_with_normalized_path');
    this.normalizationFailed = scope.counter('downstream_rq_failed_path_normalization');
    this.overloadClose = scope.counter('downstream_rq_overload_close');
    this.tooLarge = scope.counter('downstream_rq_too_large');
    this.upgradeOnOtherRoute = scope.counter('downstream_rq_ws_on_non_ws_route');
    this.pausedReading = scope.counter('downstream_flow_control_paused_reading_total');
    this.resumedReading = scope.counter('downstream_flow_control_resumed_reading_total');
    this.time = scope.histogram('downstream_rq_time');
    this.noRoute = scope.counter('no_route');
    this.noCluster = scope.counter('no_cluster');
    this.routed = scope.counter('rq_total');
    this.directResponse = scope.counter('rq_direct_response');
    this.redirect = scope.counter('rq_redirect');
    this.resetAfterResponseStarted = scope.counter('rq_reset_after_downstream_response_started');
    this.#classes = [1, 2, 3, 4, 5].map((family) => scope.counter(`downstream_rq_${family}xx`));
  }

  /** A response head went out. */
  countStatus(status: number): void {
    this.completed.inc();
    const family = ((status / 100) | 0) - 1;
    this.#classes[family]?.inc();
    this.#ofListener?.count(family);
  }
}

/** What Envoy tells of answers by listener as well. */
class ListenerCodes {
  readonly #completed: Counter;
  readonly #classes: readonly Counter[];

  constructor(scope: StatsScope) {
    this.#completed = scope.counter('downstream_rq_completed');
    this.#classes = [1, 2, 3, 4, 5].map((family) => scope.counter(`downstream_rq_${family}xx`));
  }

  count(family: number): void {
    this.#completed.inc();
    this.#classes[family]?.inc();
  }
}
