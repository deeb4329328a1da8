import { logFields } from '@malla/observability';
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
}

/** What proxies are configured from at one moment. */
export interface MeshVersion {
  readonly snapshot: MeshSnapshot;
  /** Config revision that the snapshot holds. */
  readonly revision: bigint;
  /** Grows with every change, of configuration, workloads or the cluster. */
  readonly generation: number;
}

/** The present snapshot, made from its sources: configuration, registered workloads, a Kubernetes cluster. Changes of a burst are told once. */
export class MeshState {
  readonly #logger: Logger;
  readonly #listeners = new Set<(version: MeshVersion) => void>();
  readonly #debounce: Debounce;
  #current: MeshVersion;

  constructor(params: MeshStateParams) {
    this.#logger = params.logger;
    this.#current = { snapshot: params.snapshot, revision: 0n, generation: 0 };
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
    this.#advance(applyChanges(snapshot, { upserts: changes.upserts, deletes }), changes.revision);
    this.#logger.debug(
      { [logFields.revision]: String(changes.revision), changeIds: changes.changeIds },
      'Configuration changed',
    );
  }

  applyWorkloads(changes: DirectoryChanges): void {
    this.#advance(applyChanges(this.#current.snapshot, workloadChangesOf(changes)), this.#current.revision);
  }

  applyKubernetes(changes: KubernetesChanges): void {
    const { snapshot, revision } = this.#current;
    for (const collision of collisionsOf(snapshot, changes))
      this.#logger.warn(collision, 'An object of the cluster hides what has its name outside');
    this.#advance(applyChanges(snapshot, { kubernetes: changes }), revision);
  }

  stop(): void {
    this.#debounce.stop();
    this.#listeners.clear();
  }

  #advance(snapshot: MeshSnapshot, revision: bigint): void {
    this.#current = { snapshot, revision, generation: this.#current.generation + 1 };
    this.#debounce.call();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#current);
  }
}

/** Keys of the snapshot that a complete listing does not have. */
function absent(snapshot: MeshSnapshot, listed: readonly ResourceKey[]): readonly ResourceKey[] {
  const present = new Set(listed.map(keyText));
  return [...snapshot.resources.values()].map(resourceKeyOf).filter((key) => !present.has(keyText(key)));
}
