import type { Address } from '@malla/proxy-config';
import type { TlsInfo } from '../runtime/connection.ts';
import type { Counter, Gauge, Histogram, StatsScope } from '../runtime/instruments.ts';

/** Scope of a listener's statistics: `listener.<address>.`, such as `listener.0.0.0.0_15006.` and `listener.[__]_15006.`. */
export function listenerScope(stats: StatsScope, address: Address): StatsScope {
  const name = statName(address);
  return stats.scope({
    prefix: `listener.${name}.`,
    prometheusPrefix: 'listener.',
    tags: [['envoy_listener_address', name]],
  });
}

function statName(address: Address): string {
  if (address.kind === 'pipe') return address.path.replaceAll(':', '_');
  const host = address.address.includes(':') ? `[${address.address}]` : address.address;
  return `${host}_${address.port}`.replaceAll(':', '_');
}

/** Statistics of a listener's connections by Envoy's names. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/listeners/stats */
export class ListenerStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxLengthMs: Histogram;
  readonly cxOverflow: Counter;
  readonly globalCxOverflow: Counter;
  readonly preCxActive: Gauge;
  readonly preCxTimeout: Counter;
  readonly noFilterChainMatch: Counter;
  readonly connectTimeout: Counter;
  readonly #scope: StatsScope;
  readonly #sslHandshake: Counter;
  /** This worker's share of the connections. */
  readonly workerCxTotal: Counter;
  readonly workerCxActive: Gauge;
  readonly sslConnectionError: Counter;
  readonly sslSessionReused: Counter;
  readonly sslNoCertificate: Counter;
  readonly sslFailVerifyError: Counter;
  readonly sslFailVerifyNoCert: Counter;
  readonly sslFailVerifySan: Counter;
  readonly sslFailVerifyCertHash: Counter;
  readonly secretsNotReady: Counter;

  constructor(scope: StatsScope, workerIndex: number) {
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxActive = scope.gauge('downstream_cx_active');
    this.cxDestroy = scope.counter('downstream_cx_destroy');
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms');
    this.cxOverflow = scope.counter('downstream_cx_overflow');
    this.globalCxOverflow = scope.counter('downstream_global_cx_overflow');
    this.preCxActive = scope.gauge('downstream_pre_cx_active');
    this.preCxTimeout = scope.counter('downstream_pre_cx_timeout');
    this.noFilterChainMatch = scope.counter('no_filter_chain_match');
    this.connectTimeout = scope.counter('downstream_cx_transport_socket_connect_timeout');
    this.#scope = scope;
    this.workerCxTotal = scope.counter(`worker_${workerIndex}.downstream_cx_total`);
    this.workerCxActive = scope.gauge(`worker_${workerIndex}.downstream_cx_active`);
    this.#sslHandshake = scope.counter('ssl.handshake');
    this.sslConnectionError = scope.counter('ssl.connection_error');
    this.sslSessionReused = scope.counter('ssl.session_reused');
    this.sslNoCertificate = scope.counter('ssl.no_certificate');
    this.sslFailVerifyError = scope.counter('ssl.fail_verify_error');
    this.sslFailVerifyNoCert = scope.counter('ssl.fail_verify_no_cert');
    this.sslFailVerifySan = scope.counter('ssl.fail_verify_san');
    this.sslFailVerifyCertHash = scope.counter('ssl.fail_verify_cert_hash');
    this.secretsNotReady = scope.counter('server_ssl_socket_factory.downstream_context_secrets_not_ready');
  }
  countHandshake({ version, cipher }: TlsInfo): void {
    this.#sslHandshake.inc();
    this.#scope.counter(`ssl.versions.${version}`).inc();
    this.#scope.counter(`ssl.ciphers.${cipher}`).inc();
  }
}
