import type { Counter, StatsScope } from '../../runtime/instruments.ts';

/** Why requests are traced or not, under Envoy's names. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_conn_man/stats#tracing-statistics */
export class TracingStats {
  readonly #byMark: Readonly<Record<string, Counter>>;
  readonly #notTraceable: Counter;

  constructor(scope: StatsScope) {
    // No request counts as a health check here, and the counter is there all the same.
    scope.counter('tracing.health_check');
    this.#byMark = {
      9: scope.counter('tracing.random_sampling'),
      a: scope.counter('tracing.service_forced'),
      b: scope.counter('tracing.client_enabled'),
    };
    this.#notTraceable = scope.counter('tracing.not_traceable');
  }

  /** @param id x-request-id, which has the decision in it */
  count(id: string | undefined): void {
    const mark = id === undefined || id.length < 36 ? '' : id.charAt(14);
    (this.#byMark[mark] ?? this.#notTraceable).inc();
  }
}
