import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'WATCH'];

/** Figures of the REST API, named as Kubernetes' apiserver names them. */
export class RestMetrics {
  readonly #requests: Counter<'verb' | 'code'>;
  readonly #seconds: Histogram<'verb'>;

  constructor(registry: Registry, state: { readonly revision: () => number }) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests by method and HTTP status.',
      labelNames: ['verb', 'code'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time to answer, without watches.',
      labelNames: ['verb'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
    new Gauge({
      name: 'malla_config_revision',
      help: 'The newest revision that this replica knows.',
      registers,
      collect() {
        this.set(state.revision());
      },
    });
  }

  observe({
    method,
    code,
    seconds,
  }: {
    readonly method: string;
    readonly code: number;
    readonly seconds: number;
  }): void {
    const verb = methods.includes(method) ? method : 'OTHER';
    this.#requests.inc({ verb, code: String(code) });
    if (verb !== 'WATCH') this.#seconds.observe({ verb }, seconds);
  }
}
