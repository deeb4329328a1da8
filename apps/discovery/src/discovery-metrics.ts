import { typeUrls } from '@malla/protos';
import type { XdsResponse } from '@malla/xds';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const shortNames: ReadonlyMap<string, string> = new Map([
  [typeUrls.cluster, 'cds'],
  [typeUrls.endpoint, 'eds'],
  [typeUrls.listener, 'lds'],
  [typeUrls.route, 'rds'],
  [typeUrls.secret, 'sds'],
]);

/** Metrics of discovery under Istio's names. Source: https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics */
export class DiscoveryMetrics {
  readonly #connected: Gauge;
  readonly #pushes: Counter;
  readonly #bytes: Counter;
  readonly #rejects: Counter;
  readonly #convert: Histogram;
  readonly #failures: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#connected = new Gauge({ name: 'pilot_xds', help: 'Connected proxies.', registers });
    this.#pushes = new Counter({
      name: 'pilot_xds_pushes',
      help: 'Responses sent, by type.',
      labelNames: ['type'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'malla_xds_sent_bytes_total',
      help: 'Bytes of responses sent, by type.',
      labelNames: ['type'],
      registers,
    });
    this.#rejects = new Counter({
      name: 'pilot_total_xds_rejects',
      help: 'Responses that a proxy refused (NACK), by type.',
      labelNames: ['type'],
      registers,
    });
    this.#convert = new Histogram({
      name: 'malla_translation_seconds',
      help: 'Time to make the resources of one proxy.',
      buckets: [0.0001, 0.001, 0.01, 0.1, 1, 10],
      registers,
    });
    this.#failures = new Counter({
      name: 'pilot_total_xds_internal_errors',
      help: 'Configurations that could not be translated for a proxy.',
      registers,
    });
  }

  failed(): void {
    this.#failures.inc();
  }

  connected(count: number): void {
    this.#connected.set(count);
  }

  sent(response: XdsResponse): void {
    const type = shortName(response.typeUrl);
    this.#pushes.inc({ type });
    this.#bytes.inc({ type }, response.bytes.length);
  }

  rejected(typeUrl: string): void {
    this.#rejects.inc({ type: shortName(typeUrl) });
  }

  translated(seconds: number): void {
    this.#convert.observe(seconds);
  }
}

/** Istio's short name of an xDS type; `other` for types that Malla does not serve. */
function shortName(typeUrl: string): string {
  return shortNames.get(typeUrl) ?? 'other';
}
