import type { AccessRecord, SignalRecorder } from '@malla/telemetry';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

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
  readonly #connections: Counter;
  readonly #bytes: Counter;
  readonly #pairs = new Set<string>();

  constructor(registry: Registry, recorder: Pick<SignalRecorder, 'dropped' | 'lost' | 'waiting'>) {
    const registers = [registry];
    watchRecorder(registry, recorder);
    this.#requests = new Counter({
      name: 'malla_service_requests_total',
      help: 'Requests between two services, from access logs.',
      labelNames: [...pairLabels, 'response_code'],
      registers,
    });
    this.#errors = new Counter({
      name: 'malla_service_errors_total',
      help: 'Requests with a 5xx response or none, and connections that found nobody, from access logs.',
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
    this.#connections = new Counter({
      name: 'malla_service_connections_total',
      help: 'TCP connections between two services that were closed, from access logs.',
      labelNames: pairLabels,
      registers,
    });
    this.#bytes = new Counter({
      name: 'malla_service_connection_bytes_total',
      help: 'Bytes of TCP connections that were closed, from access logs; sent is from source to destination.',
      labelNames: [...pairLabels, 'direction'],
      registers,
    });
  }

  /** A finished request, or a closed connection. */
  observe(record: AccessRecord): void {
    const labels = this.#bounded({
      reporter: record.reporter,
      source_workload: record.sourceWorkload,
      source_workload_namespace: record.sourceNamespace,
      destination_service: record.destinationService,
      destination_service_namespace: record.destinationNamespace,
    });
    if (record.failed) this.#errors.inc(labels);
    if (record.protocol === 'tcp') {
      this.#connections.inc(labels);
      this.#bytes.inc({ ...labels, direction: 'sent' }, record.bytesSent);
      this.#bytes.inc({ ...labels, direction: 'received' }, record.bytesReceived);
      return;
    }
    this.#requests.inc({ ...labels, response_code: String(record.responseCode) });
    this.#duration.observe(labels, record.durationMs);
  }

  #bounded(labels: Record<(typeof pairLabels)[number], string>): Record<string, string> {
    const id = Object.values(labels).join('\u0000');
    if (this.#pairs.has(id)) return labels;
    if (this.#pairs.size >= maxPairs) return Object.fromEntries(pairLabels.map((name) => [name, 'other']));
    this.#pairs.add(id);
    return labels;
  }
}

function watchRecorder(registry: Registry, recorder: Pick<SignalRecorder, 'dropped' | 'lost' | 'waiting'>): void {
  const registers = [registry];
  new Counter({
    name: 'malla_signals_dropped_total',
    help: 'Requests and connections not counted because there were too many pairs of source and destination.',
    registers,
    collect() {
      this.reset();
      this.inc(recorder.dropped);
    },
  });
  new Counter({
    name: 'malla_signals_lost_total',
    help: 'Requests and connections that were counted, and lost because the database was away for too long.',
    registers,
    collect() {
      this.reset();
      this.inc(recorder.lost);
    },
  });
  new Gauge({
    name: 'malla_signals_waiting',
    help: 'Sums of golden signals that wait for the database.',
    registers,
    collect() {
      this.set(recorder.waiting);
    },
  });
}
