import {
  createBalancerStats,
  createOutlierStats,
  type BalancerStats,
  type LimitKind,
  type MeasuredCircuitBreakers,
  type OutlierStats,
} from '@malla/balancing';
import type { Counter, Gauge, Histogram, StatsScope } from '../runtime/instruments.ts';
import type { TlsInfo } from '../runtime/connection.ts';
import { countedObject } from './counted-object.ts';

/** Scope of a cluster's statistics: `cluster.<name>.`, with the name as a label in Prometheus' format. */
export function clusterScope(stats: StatsScope, statName: string): StatsScope {
  return stats.scope({
    prefix: `cluster.${statName}.`,
    prometheusPrefix: 'cluster.',
    tags: [['envoy_cluster_name', statName]],
  });
}

/** Numbers of a cluster's hosts, by Envoy's names. */
export class MembershipStats {
  readonly #total: Gauge;
  readonly #healthy: Gauge;
  readonly #degraded: Gauge;
  readonly #excluded: Gauge;
  readonly #change: Counter;

  constructor(scope: StatsScope) {
    this.#total = scope.gauge('membership_total');
    this.#healthy = scope.gauge('membership_healthy');
    this.#degraded = scope.gauge('membership_degraded');
    this.#excluded = scope.gauge('membership_excluded');
    this.#change = scope.counter('membership_change');
  }

  changed(): void {
    this.#change.inc();
  }

  set(members: {
    readonly total: number;
    readonly healthy: number;
    readonly degraded: number;
    readonly excluded: number;
  }): void {
    this.#total.set(members.total);
    this.#healthy.set(members.healthy);
    this.#degraded.set(members.degraded);
    this.#excluded.set(members.excluded);
  }
}

/**
 * Statistics of a cluster's connections, by Envoy's names; made with the first connection, as most clusters of a mesh never have one.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/upstream/cluster_manager/cluster_stats
 */
export class ConnectionStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxConnectFail: Counter;
  readonly cxConnectTimeout: Counter;
  readonly cxConnectMs: Histogram;
  readonly cxLengthMs: Histogram;
  readonly cxDestroy: Counter;
  readonly cxDestroyLocal: Counter;
  readonly cxDestroyRemote: Counter;
  readonly cxRxBytes: Counter;
  readonly cxTxBytes: Counter;
  readonly bindErrors: Counter;

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
    this.cxRxBytes = scope.counter('upstream_cx_rx_bytes_total');
    this.cxTxBytes = scope.counter('upstream_cx_tx_bytes_total');
    this.bindErrors = scope.counter('bind_errors');
  }
}

/** Statistics of TLS towards a cluster's hosts. */
export class ClusterTlsStats {
  readonly #scope: StatsScope;
  readonly #handshake: Counter;
  readonly connectionError: Counter;
  readonly sessionReused: Counter;
  readonly failVerifyError: Counter;
  readonly failVerifyNoCert: Counter;
  readonly failVerifySan: Counter;
  readonly failVerifyCertHash: Counter;
  readonly secretsNotReady: Counter;

  constructor(scope: StatsScope) {
    this.#scope = scope;
    this.#handshake = scope.counter('ssl.handshake');
    this.connectionError = scope.counter('ssl.connection_error');
    this.sessionReused = scope.counter('ssl.session_reused');
    this.failVerifyError = scope.counter('ssl.fail_verify_error');
    this.failVerifyNoCert = scope.counter('ssl.fail_verify_no_cert');
    this.failVerifySan = scope.counter('ssl.fail_verify_san');
    this.failVerifyCertHash = scope.counter('ssl.fail_verify_cert_hash');
    this.secretsNotReady = scope.counter('client_ssl_socket_factory.upstream_context_secrets_not_ready');
  }

  countHandshake({ version, cipher }: TlsInfo): void {
    this.#handshake.inc();
    this.#scope.counter(`ssl.versions.${version}`).inc();
    this.#scope.counter(`ssl.ciphers.${cipher}`).inc();
  }
}

/** Gauges of circuit breakers of default priority; how far away a limit is, only where that is asked for. */
export function setLimitGauges(scope: StatsScope, limits: MeasuredCircuitBreakers, trackRemaining: boolean): void {
  for (const [kind, name] of Object.entries(limitNames) as [LimitKind, string][]) {
    const limit = limits[kind];
    scope.gauge(`circuit_breakers.default.${name}_open`).set(limit.open ? 1 : 0);
    if (trackRemaining) scope.gauge(`circuit_breakers.default.remaining_${remainingNames[kind]}`).set(limit.remaining);
  }
}

const limitNames: Readonly<Record<LimitKind, string>> = {
  connections: 'cx',
  pendingRequests: 'rq_pending',
  requests: 'rq',
  retries: 'rq_retry',
};
const remainingNames: Readonly<Record<LimitKind, string>> = {
  connections: 'cx',
  pendingRequests: 'pending',
  requests: 'rq',
  retries: 'retries',
};

/** Where outlier detection counts. */
export function outlierStats(scope: StatsScope): OutlierStats {
  const initial = createOutlierStats();
  const names = Object.fromEntries(Object.keys(initial).map((key) => [key, `outlier_detection.${key}`]));
  return countedObject(initial, scope, names as Record<keyof OutlierStats, string>, ['ejections_active']);
}

/** Where a balancer counts. */
export function balancerStats(scope: StatsScope): BalancerStats {
  return countedObject(
    createBalancerStats(),
    scope,
    {
      healthyPanic: 'lb_healthy_panic',
      subsetsSelected: 'lb_subsets_selected',
      subsetsFallback: 'lb_subsets_fallback',
      subsetsActive: 'lb_subsets_active',
      subsetsCreated: 'lb_subsets_created',
      subsetsRemoved: 'lb_subsets_removed',
    },
    ['subsetsActive'],
  );
}
