import { Counter, Gauge, type Registry } from 'prom-client';
import type { Authority } from './authority.ts';

/** Istio's metrics of its certificate authority, under Istio's names (security/pkg/server/ca/monitoring.go). */
export class AuthorityMetrics {
  readonly csrs: Counter;
  readonly issued: Counter;
  readonly badCsrs: Counter;
  readonly badCallers: Counter;
  readonly signFailures: Counter;

  constructor(registry: Registry) {
    const counter = (name: string, help: string): Counter =>
      new Counter({ name: `citadel_server_${name}`, help, registers: [registry] });
    this.csrs = counter('csr_count', 'Requests for a certificate.');
    this.issued = counter('success_cert_issuance_count', 'Certificates issued.');
    this.badCsrs = counter('csr_parsing_err_count', 'Requests refused for what the CSR is or asks for.');
    this.badCallers = counter(
      'authentication_failure_count',
      'Requests refused because the caller did not prove an identity.',
    );
    this.signFailures = counter('csr_sign_err_count', 'Requests that failed while signing.');
  }

  /** Watches the ends of root and issuer. */
  watch(registry: Registry, authority: Authority, now: () => number): void {
    const gauge = (name: string, help: string, value: () => number): Gauge =>
      new Gauge({
        name: `citadel_server_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    gauge(
      'root_cert_expiry_timestamp',
      'When the root ends, seconds since the epoch.',
      () => authority.root.notAfter / 1_000,
    );
    gauge('root_cert_expiry_seconds', 'Seconds until the root ends.', () => (authority.root.notAfter - now()) / 1_000);
    gauge(
      'cert_chain_expiry_timestamp',
      'When the issuer ends, seconds since the epoch.',
      () => authority.issuer.notAfter / 1_000,
    );
    gauge(
      'cert_chain_expiry_seconds',
      'Seconds until the issuer ends.',
      () => (authority.issuer.notAfter - now()) / 1_000,
    );
  }
}
