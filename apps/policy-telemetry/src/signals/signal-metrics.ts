import { isError, type AccessRecord, type SignalStore } from '@malla/telemetry';
import { Counter, Histogram, type Registry } from 'prom-client';

const pairLabels = [
  'reporter',
  'source_workload',
  'source_workload_namespace',
  'destination_service',
  'destination_service_namespace',
] as const;

/** Most label sets that are kept; what comes beyond is counted under `other`, so that no client can fill the memory. */
const maxPairs = 10_000;

/** The golden signals as Prometheus metrics, since start. */
export class SignalMetrics {
  readonly #requests: Counter;
  readonly #errors: Counter;
  readonly #duration: Histogram;
  readonly #pairs = new Set<string>();

  constructor(registry: Registry, store: Pick<SignalStore, 'dropped'>) {
    const registers = [registry];
    new Counter({
      name: 'malla_signals_dropped_total',
      help: 'Requests not counted because there were too many service pairs.',
      registers,
      collect() {
        this.reset();
        this.inc(store.dropped);
      },
    });
    this.#requests = new Counter({
      name: 'malla_service_requests_total',
      help: 'Requests between two services, from access logs.',
      labelNames: [...pairLabels, 'response_code'],
      registers,
    });
    this.#errors = new Counter({
      name: 'malla_service_errors_total',
      help: 'Requests with a 5xx response or none, from access logs.',
      labelNames: pairLabels,
      registers,
    });
    this.#duration = new Histogram({
      name: 'malla_service_request_duration_milliseconds',
      help: 'Duration of requests between two services, from access logs.',
      labelNames: pairLabels,
      buckets: [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
      registers,
    });
  }

  observe(record: AccessRecord): void {
    const labels = this.#bounded({
      reporter: record.reporter,
      source_workload: record.sourceWorkload,
      source_workload_namespace: record.sourceNamespace,
      destination_service: record.destinationService,
      destination_service_namespace: record.destinationNamespace,
    });
    this.#requests.inc({ ...labels, response_code: String(record.responseCode) });
    this.#duration.observe(labels, record.durationMs);
    if (isError(record.responseCode)) this.#errors.inc(labels);
  }

  #bounded(labels: Record<(typeof pairLabels)[number], string>): Record<string, string> {
    const id = Object.values(labels).join('\u0000');
    if (this.#pairs.has(id)) return labels;
    if (this.#pairs.size >= maxPairs) return Object.fromEntries(pairLabels.map((name) => [name, 'other']));
    this.#pairs.add(id);
    return labels;
  }
}
