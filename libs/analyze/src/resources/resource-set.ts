import type { Resource } from '@malla/model';
import type { KindRef } from './kind-refs.ts';
import { defaultCluster, subjectOf, type Subject } from './subject.ts';

/** Something computed from the resources of some kinds, kept until one of them changes. */
export interface Derivation<T> {
  readonly inputs: readonly KindRef[];
  readonly build: (set: ResourceSet) => T;
}

interface Kept {
  readonly versions: readonly number[];
  readonly value: unknown;
}

/**
 * Resources of a mesh, found by kind and by name, with indexes that analyzers derive. It can be changed: what is derived from other
 * kinds than those that changed stays.
 */
export class ResourceSet {
  readonly #byKind = new Map<KindRef, Map<string, Subject>>();
  readonly #lists = new Map<KindRef, readonly Subject[]>();
  readonly #versions = new Map<KindRef, number>();
  readonly #derived = new Map<Derivation<unknown>, Kept>();
  readonly #clusters = new Set<string>();
  /** DNS suffix of the mesh: names of Services end in `svc.` and it. */
  readonly domainSuffix: string;

  constructor(domainSuffix = 'cluster.local') {
    this.domainSuffix = domainSuffix;
  }

  /** A set of these resources, all of one cluster. A later one of the same kind and name takes the place of an earlier one. */
  static of(resources: Iterable<Resource>, cluster: string = defaultCluster): ResourceSet {
    const set = new ResourceSet();
    for (const resource of resources) set.set(resource, cluster);
    return set;
  }

  /** Takes the newest state of a resource. */
  set(resource: Resource, cluster: string = defaultCluster): Subject {
    const subject = subjectOf(resource, cluster);
    this.#kind(subject.ref).set(keyOf(cluster, subject.namespace, subject.name), subject);
    this.#clusters.add(cluster);
    this.#changed(subject.ref);
    return subject;
  }

  delete(ref: KindRef, namespace: string, name: string, cluster: string = defaultCluster): void {
    if (this.#kind(ref).delete(keyOf(cluster, namespace, name))) this.#changed(ref);
  }

  clear(): void {
    for (const ref of this.#byKind.keys()) this.#changed(ref);
    this.#byKind.clear();
  }

  /** Number of resources. */
  get size(): number {
    return [...this.#byKind.values()].reduce((sum, kind) => sum + kind.size, 0);
  }

  /** Every resource of a kind, in the order in which they came. */
  list(ref: KindRef): readonly Subject[] {
    let list = this.#lists.get(ref);
    if (list === undefined) this.#lists.set(ref, (list = [...(this.#byKind.get(ref)?.values() ?? [])]));
    return list;
  }

  /** A resource by name, preferably of the default cluster. */
  find(ref: KindRef, namespace: string, name: string): Subject | undefined {
    const kind = this.#byKind.get(ref);
    if (kind === undefined) return undefined;
    const found = kind.get(keyOf(defaultCluster, namespace, name));
    if (found !== undefined) return found;
    for (const cluster of this.#clusters) {
      const elsewhere = kind.get(keyOf(cluster, namespace, name));
      if (elsewhere !== undefined) return elsewhere;
    }
    return undefined;
  }

  /** The value of a derivation for what the set holds now. */
  derive<T>(derivation: Derivation<T>): T {
    const versions = derivation.inputs.map((ref) => this.#versions.get(ref) ?? 0);
    const kept = this.#derived.get(derivation);
    if (kept !== undefined && kept.versions.every((v, i) => v === versions[i])) return kept.value as T;
    const value = derivation.build(this);
    this.#derived.set(derivation, { versions, value });
    return value;
  }

  #kind(ref: KindRef): Map<string, Subject> {
    let kind = this.#byKind.get(ref);
    if (kind === undefined) this.#byKind.set(ref, (kind = new Map()));
    return kind;
  }

  #changed(ref: KindRef): void {
    this.#versions.set(ref, (this.#versions.get(ref) ?? 0) + 1);
    this.#lists.delete(ref);
  }
}

const keyOf = (cluster: string, namespace: string, name: string) => `${cluster}/${namespace}/${name}`;
