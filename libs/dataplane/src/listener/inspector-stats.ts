import type { Counter, StatsScope } from '../runtime/instruments.ts';

/** Statistics of the TLS inspector. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/listeners/listener_filters/tls_inspector */
export class InspectorStats {
  readonly tlsFound: Counter;
  readonly tlsNotFound: Counter;
  readonly sniFound: Counter;
  readonly sniNotFound: Counter;
  readonly alpnFound: Counter;
  readonly alpnNotFound: Counter;
  readonly tooBig: Counter;

  constructor(stats: StatsScope) {
    this.tlsFound = stats.counter('tls_inspector.tls_found');
    this.tlsNotFound = stats.counter('tls_inspector.tls_not_found');
    this.sniFound = stats.counter('tls_inspector.sni_found');
    this.sniNotFound = stats.counter('tls_inspector.sni_not_found');
    this.alpnFound = stats.counter('tls_inspector.alpn_found');
    this.alpnNotFound = stats.counter('tls_inspector.alpn_not_found');
    this.tooBig = stats.counter('tls_inspector.client_hello_too_big');
  }
}
