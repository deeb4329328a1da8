import { typeUrls } from '@malla/protos';
import type { MeshSnapshot } from '@malla/snapshot';
import type { XdsResponse } from '@malla/xds';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ChangeObserver, ChangeSource } from './mesh/mesh-state.ts';

const shortNames: ReadonlyMap<string, string> = new Map([
  [typeUrls.cluster, 'cds'],
  [typeUrls.endpoint, 'eds'],
  [typeUrls.listener, 'lds'],
  [typeUrls.route, 'rds'],
  [typeUrls.secret, 'sds'],
]);

/** Types whose refusals Istio counts under names of their own as well. */
const rejectTypes = ['cds', 'eds', 'lds', 'rds'] as const;

/** Istio's buckets, with finer ones below. Source: Istio's pilot/pkg/xds/monitoring.go */
const secondsBuckets = [0.01, 0.05, 0.1, 0.5, 1, 3, 5, 10, 20, 30];
const bytesBuckets = [1_000, 10_000, 100_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000];

/** Istio's words for what is updated. */
const updateTypes: Readonly<Record<ChangeSource, string>> = { config: 'config', endpoint: 'eds', service: 'svc' };

/** Metrics of discovery under Istio's names. Source: https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics */
export class DiscoveryMetrics implements ChangeObserver {
  readonly #connected: Gauge;
  readonly #pushes: Counter<'type'>;
  readonly #bytes: Counter<'type'>;
  readonly #sizes: Histogram<'type'>;
  readonly #rejects: Counter<'type'>;
  readonly #rejectsOf: ReadonlyMap<string, Counter>;
  readonly #staleNonces: Counter<'type'>;
  readonly #convert: Histogram;
  readonly #pushTime: Histogram<'type'>;
  readonly #convergence: Histogram;
  readonly #debounce: Histogram;
  readonly #triggers: Counter<'type'>;
  readonly #updates: Counter<'type'>;
  readonly #failures: Counter;

  /** @param version of this program */
  constructor(registry: Registry, version: string) {
    const make = metricMaker(registry);
    make.gauge('pilot_info', 'Always 1; the label says which version runs.', ['version']).set({ version }, 1);
    this.#connected = make.gauge('pilot_xds', 'Connected proxies.');
    this.#pushes = make.counter('pilot_xds_pushes', 'Responses sent, by type.', ['type']);
    this.#bytes = make.counter('malla_xds_sent_bytes_total', 'Bytes of responses sent, by type.', ['type']);
    this.#sizes = make.histogram('pilot_xds_config_size_bytes', 'Size of responses, by type.', bytesBuckets, ['type']);
    this.#rejects = make.counter('pilot_total_xds_rejects', 'Responses that a proxy refused (NACK), by type.', [
      'type',
    ]);
    this.#rejectsOf = new Map(
      rejectTypes.map((type) => [
        type,
        make.counter(`pilot_xds_${type}_reject`, `Responses of ${type.toUpperCase()} that a proxy refused (NACK).`),
      ]),
    );
    this.#staleNonces = make.counter(
      'pilot_xds_expired_nonce',
      'Requests that answer a response which is none of the last ones, by type.',
      ['type'],
    );
    this.#convert = make.histogram(
      'malla_translation_seconds',
      'Time to make the resources of one proxy.',
      [0.0001, 0.001, 0.01, 0.1, 1, 10],
    );
    this.#pushTime = make.histogram(
      'pilot_xds_push_time',
      'Seconds to work out and write what is new for one proxy, by type of what was sent.',
      secondsBuckets,
      ['type'],
    );
    this.#convergence = make.histogram(
      'pilot_proxy_convergence_time',
      'Seconds from a change until a proxy that it concerns has acknowledged it.',
      secondsBuckets,
    );
    this.#debounce = make.histogram(
      'pilot_debounce_time',
      'Seconds from the first change of a burst until proxies are told of it.',
      secondsBuckets,
    );
    this.#triggers = make.counter('pilot_push_triggers', 'Bursts of changes that proxies were told of, by cause.', [
      'type',
    ]);
    this.#updates = make.counter('pilot_inbound_updates', 'Changes received, by what they are of.', ['type']);
    this.#failures = make.counter(
      'pilot_total_xds_internal_errors',
      'Configurations that could not be translated for a proxy.',
    );
  }

  /** Shows at each scrape what the mesh has, and how many connected proxies have not acknowledged all of it. */
  watch(registry: Registry, snapshot: () => MeshSnapshot, proxiesBehind: () => number): void {
    const make = metricMaker(registry);
    make.gauge(
      'malla_xds_proxies_behind',
      'Connected proxies that have not acknowledged the newest configuration.',
      [],
      proxiesBehind,
    );
    make.gauge('pilot_services', 'Services of the mesh.', [], () => snapshot().services.size);
    make.gauge('pilot_virt_services', 'VirtualServices of the mesh.', [], () => {
      let count = 0;
      for (const { kind } of snapshot().resources.values()) if (kind === 'VirtualService') count++;
      return count;
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
    this.#sizes.observe({ type }, response.bytes.length);
  }

  rejected(typeUrl: string): void {
    const type = shortName(typeUrl);
    this.#rejects.inc({ type });
    this.#rejectsOf.get(type)?.inc();
  }

  staleNonce(typeUrl: string): void {
    this.#staleNonces.inc({ type: shortName(typeUrl) });
  }

  translated(seconds: number): void {
    this.#convert.observe(seconds);
  }

  /** A version of the mesh was brought to one proxy. */
  pushed(responses: readonly XdsResponse[], seconds: number): void {
    for (const type of new Set(responses.map(({ typeUrl }) => shortName(typeUrl))))
      this.#pushTime.observe({ type }, seconds);
  }

  /** A proxy has acknowledged a change. */
  converged(seconds: number): void {
    this.#convergence.observe(seconds);
  }

  updated(source: ChangeSource): void {
    this.#updates.inc({ type: updateTypes[source] });
  }

  told(sources: ReadonlySet<ChangeSource>, seconds: number): void {
    this.#debounce.observe(seconds);
    for (const type of sources) this.#triggers.inc({ type });
  }
}

/** Makes metrics of one registry. */
function metricMaker(registry: Registry) {
  const registers = [registry];
  return {
    counter: (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name, help, labelNames, registers }),
    gauge: (name: string, help: string, labelNames: string[] = [], value?: () => number) =>
      new Gauge({ name, help, labelNames, registers, ...(value && { collect: collector(value) }) }),
    histogram: (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
      new Histogram({ name, help, buckets, labelNames, registers }),
  };
}

function collector(value: () => number) {
  return function collect(this: Gauge): void {
    this.set(value());
  };
}

/** Istio's short name of an xDS type; `other` for types that Malla does not serve. */
function shortName(typeUrl: string): string {
  return shortNames.get(typeUrl) ?? 'other';
}
