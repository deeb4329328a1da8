import type { Counter, Gauge, StatsScope } from '../runtime/instruments.ts';
import type { WorkerUpdate } from '../runtime/update.ts';
import type { Accepted, Kind } from './accepted.ts';
import type { Configuration } from './configuration.ts';

/** Statistics about configuration, under Envoy's names. Source: Envoy, "Statistics" of the cluster manager, the listener manager and xDS. */
export class DiscoveryStats {
  readonly #gauges: Readonly<Record<GaugeName, Gauge>>;
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  readonly #updates: Readonly<
    Record<'cluster' | 'listener', { readonly success: Counter; readonly rejected: Counter }>
  >;
  readonly #clusters = new Set<string>();

  constructor(root: StatsScope) {
    this.#gauges = fromEntries(gaugeNames, (name) => root.gauge(name));
    this.#counters = fromEntries(counterNames, (name) => root.counter(name));
    const updates = (prefix: string) => ({
      success: root.counter(`${prefix}.update_success`),
      rejected: root.counter(`${prefix}.update_rejected`),
    });
    this.#updates = { cluster: updates('cluster_manager.cds'), listener: updates('listener_manager.lds') };
    for (const gauge of Object.values(this.#gauges)) gauge.set(0);
  }

  connected(is: boolean): void {
    this.#gauges['control_plane.connected_state'].set(is ? 1 : 0);
  }

  updated(kind: Kind, accepted: boolean): void {
    if (kind !== 'cluster' && kind !== 'listener') return;
    this.#updates[kind][accepted ? 'success' : 'rejected'].inc();
  }

  sizes(configuration: Configuration): void {
    this.#gauges['cluster_manager.active_clusters'].set(configuration.activeClusters.size);
    this.#gauges['cluster_manager.warming_clusters'].set(configuration.warmingClusters.length);
    this.#gauges['listener_manager.total_listeners_active'].set(configuration.activeListeners.size);
    this.#gauges['listener_manager.total_listeners_warming'].set(configuration.warmingListeners.length);
  }

  /** @param listeners that were at work before */
  changed({ clusters, listeners, removed }: WorkerUpdate, listenersBefore: ReadonlyMap<string, Accepted>): void {
    for (const { name } of clusters) {
      this.#counters[`cluster_manager.cluster_${this.#clusters.has(name) ? 'modified' : 'added'}`].inc();
      this.#clusters.add(name);
    }
    for (const name of removed.clusters) this.#clusters.delete(name);
    this.#counters['cluster_manager.cluster_removed'].inc(removed.clusters.length);
    for (const { name } of listeners) {
      this.#counters[`listener_manager.listener_${listenersBefore.has(name) ? 'modified' : 'added'}`].inc();
      this.#counters['listener_manager.listener_create_success'].inc();
    }
    this.#counters['listener_manager.listener_removed'].inc(removed.listeners.length);
  }

  listenerFailed(): void {
    this.#counters['listener_manager.listener_create_failure'].inc();
  }
}

const gaugeNames = [
  'control_plane.connected_state',
  'cluster_manager.active_clusters',
  'cluster_manager.warming_clusters',
  'listener_manager.total_listeners_active',
  'listener_manager.total_listeners_warming',
  'listener_manager.total_listeners_draining',
  'listener_manager.total_filter_chains_draining',
] as const;
type GaugeName = (typeof gaugeNames)[number];

const counterNames = [
  'cluster_manager.cluster_added',
  'cluster_manager.cluster_modified',
  'cluster_manager.cluster_removed',
  'listener_manager.listener_added',
  'listener_manager.listener_modified',
  'listener_manager.listener_removed',
  'listener_manager.listener_create_success',
  'listener_manager.listener_create_failure',
] as const;
type CounterName = (typeof counterNames)[number];

function fromEntries<N extends string, V>(names: readonly N[], make: (name: N) => V): Readonly<Record<N, V>> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Readonly<Record<N, V>>;
}
