import { inSpanSync, logFields } from '@malla/observability';
import {
  applyChanges,
  keyText,
  resourceKeyOf,
  type KubernetesChanges,
  type MeshSnapshot,
  type ResourceKey,
} from '@malla/snapshot';
import type { Logger } from 'pino';
import type { ConfigChanges } from '@malla/config-feed';
import { collisionsOf } from '../kubernetes/collisions.ts';
import type { DirectoryChanges } from '../registry/workload-directory.ts';
import { Debounce } from './debounce.ts';
import { workloadChangesOf } from './workload-changes.ts';

export interface MeshStateParams {
  readonly snapshot: MeshSnapshot;
  readonly logger: Logger;
  /** Wait for more changes before proxies are told, in milliseconds. */
  readonly debounceMs: number;
  /** But no longer than this. */
  readonly debounceMaxMs: number;
  /** Default: nobody. */
  readonly observer?: ChangeObserver;
}

/** What proxies are configured from at one moment. */
export interface MeshVersion {
  readonly snapshot: MeshSnapshot;
  /** Config revision that the snapshot holds. */
  readonly revision: bigint;
  /** Grows with every change, of configuration, workloads or the cluster. */
  readonly generation: number;
  /** When the oldest change came that proxies were not told of before, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Where a change comes from. Istio's words for what triggers a push. */
export type ChangeSource = 'config' | 'endpoint' | 'service';

/** Hears of changes, for metrics. */
export interface ChangeObserver {
  /** A source has told something. */
  updated(source: ChangeSource): void;
  /** Proxies are told of a burst of changes, so many seconds after the first of them. */
  told(sources: ReadonlySet<ChangeSource>, seconds: number): void;
}

/** The present snapshot, made from its sources: configuration, registered workloads, a Kubernetes cluster. Changes of a burst are told once. */
export class MeshState {
  readonly #logger: Logger;
  readonly #listeners = new Set<(version: MeshVersion) => void>();
  readonly #debounce: Debounce;
  readonly #observer: ChangeObserver | undefined;
  /** Of the burst that is going on. */
  readonly #sources = new Set<ChangeSource>();
  #current: MeshVersion;

  constructor(params: MeshStateParams) {
    this.#logger = params.logger;
    this.#observer = params.observer;
    this.#current = { snapshot: params.snapshot, revision: 0n, generation: 0, changedAt: Date.now() };
    this.#debounce = new Debounce({ quietMs: params.debounceMs, maxMs: params.debounceMaxMs, run: () => this.#tell() });
  }

  get current(): MeshVersion {
    return this.#current;
  }

  /** Calls back after each burst of changes. Returns the way to stop that. */
  onChange(listener: (version: MeshVersion) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  applyConfig(changes: ConfigChanges): void {
    const { snapshot } = this.#current;
    const deletes: readonly ResourceKey[] = changes.replace
      ? absent(snapshot, changes.upserts.map(resourceKeyOf))
      : changes.deletes;
    this.#advance('config', applyChanges(snapshot, { upserts: changes.upserts, deletes }), changes.revision);
    this.#logger.debug(
      { [logFields.revision]: String(changes.revision), changeIds: changes.changeIds },
      'Configuration changed',
    );
  }

  applyWorkloads(changes: DirectoryChanges): void {
    const { snapshot, revision } = this.#current;
    this.#advance('endpoint', applyChanges(snapshot, workloadChangesOf(changes)), revision);
  }

  applyKubernetes(changes: KubernetesChanges): void {
    const { snapshot, revision } = this.#current;
    for (const collision of collisionsOf(snapshot, changes))
      this.#logger.warn(collision, 'An object of the cluster hides what has its name outside');
    this.#advance('service', applyChanges(snapshot, { kubernetes: changes }), revision);
  }

  stop(): void {
    this.#debounce.stop();
    this.#listeners.clear();
  }

  #advance(source: ChangeSource, snapshot: MeshSnapshot, revision: bigint): void {
    const { generation, changedAt } = this.#current;
    const first = this.#sources.size === 0;
    this.#current = { snapshot, revision, generation: generation + 1, changedAt: first ? Date.now() : changedAt };
    this.#sources.add(source);
    this.#observer?.updated(source);
    this.#debounce.call();
  }

  #tell(): void {
    const { generation, revision } = this.#current;
    const attributes = {
      'malla.generation': generation,
      'malla.revision': Number(revision),
      'malla.sources': [...this.#sources],
    };
    this.#observer?.told(this.#sources, (Date.now() - this.#current.changedAt) / 1000);
    this.#sources.clear();
    inSpanSync('push', { attributes }, () => {
      for (const listener of this.#listeners) listener(this.#current);
    });
  }
}

/** Keys of the snapshot that a complete listing does not have. */
function absent(snapshot: MeshSnapshot, listed: readonly ResourceKey[]): readonly ResourceKey[] {
  const present = new Set(listed.map(keyText));
  return [...snapshot.resources.values()].map(resourceKeyOf).filter((key) => !present.has(keyText(key)));
}
