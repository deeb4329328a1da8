import { enforcementOf } from '@malla/enforcement';
import { groupOf, kinds, type KnownResource, type Resource } from '@malla/model';
import { applyChanges, emptySnapshot, resourceKeyOf, keyText, type MeshSnapshot } from '@malla/snapshot';
import type { MirrorFollower } from '../resources/mirror-feed.ts';

/** What the mesh is besides its objects; the same as discovery's. */
export interface MeshStateOptions {
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly domainSuffix: string;
}

/** Kinds of which a snapshot has something. */
const translated: ReadonlySet<string> = new Set(
  kinds.filter((kind) => enforcementOf(kind) === 'enforced').map(({ group, kind }) => `${group}/${kind}`),
);

/**
 * The stored configuration as discovery translates it. Follows the mirror: a change only waits here until somebody asks, so that
 * writes cost nothing.
 */
export class MeshState implements MirrorFollower {
  readonly #empty: MeshSnapshot;
  #snapshot: MeshSnapshot;
  /** Newest states by key; undefined for what is gone. */
  readonly #waiting = new Map<string, { readonly object: KnownResource; readonly gone: boolean }>();

  constructor(options: MeshStateOptions) {
    this.#empty = emptySnapshot(options);
    this.#snapshot = this.#empty;
  }

  clear(): void {
    this.#snapshot = this.#empty;
    this.#waiting.clear();
  }

  set(object: KnownResource & Resource): void {
    this.#note(object, false);
  }

  delete(object: KnownResource & Resource): void {
    this.#note(object, true);
  }

  /** The snapshot of what the mirror holds. */
  get snapshot(): MeshSnapshot {
    if (this.#waiting.size === 0) return this.#snapshot;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#snapshot = applyChanges(this.#snapshot, {
      deletes: all.filter(({ gone }) => gone).map(({ object }) => resourceKeyOf(object)),
      upserts: all.filter(({ gone }) => !gone).map(({ object }) => object),
    });
    return this.#snapshot;
  }

  #note(object: KnownResource & Resource, gone: boolean): void {
    if (translated.has(`${groupOf(object.apiVersion)}/${object.kind}`))
      this.#waiting.set(keyText(resourceKeyOf(object)), { object, gone });
  }
}
