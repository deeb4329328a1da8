import type { Resource } from '@malla/model';
import { keyOf, keyText, type ResourceKey } from '@malla/store';

/** Told of what has changed in the cluster. */
export interface ClusterFollower {
  /** An object is new, has changed or is gone. */
  changed(key: ResourceKey): void;
  /** A part of a kind is known: what is not there does not exist. */
  listed(group: string, kind: string): void;
}

/** A part of the cluster's objects that is listed and watched by itself, as `ListWatch` hands it over. */
export interface ClusterPart {
  replace(objects: readonly Resource[]): void;
  set(object: Resource): void;
  delete(object: Resource): void;
  /** The cluster says whether we may read the part. */
  refuse(refused: boolean): void;
}

/** What a part is of. */
export interface PartScope {
  readonly group: string;
  readonly kind: string;
  /** All namespaces if not set. */
  readonly namespace?: string | undefined;
}

interface Part extends PartScope {
  readonly objects: Map<string, Resource>;
  listed: boolean;
  /** We may not read it: it counts as empty as long as it never was listed. */
  refused: boolean;
}

/** What is there in the cluster, as far as it is watched. Objects are as they came, with their status. */
export class ClusterObjects {
  readonly #parts: Part[] = [];
  readonly #follower: ClusterFollower;
  #changes = 0;

  constructor(follower: ClusterFollower) {
    this.#follower = follower;
  }

  /** How often anything has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Adds a part. A kind may have several: Secrets have one for each namespace. */
  part(scope: PartScope): ClusterPart {
    const part: Part = { ...scope, objects: new Map(), listed: false, refused: false };
    this.#parts.push(part);
    return {
      refuse: (refused) => {
        if (part.refused === refused) return;
        part.refused = refused;
        if (refused) this.#follower.listed(part.group, part.kind);
      },
      replace: (objects) => this.#replace(part, objects),
      set: (object) => {
        this.#changes++;
        const key = keyOf(object);
        part.objects.set(keyText(key), object);
        this.#follower.changed(key);
      },
      delete: (object) => {
        this.#changes++;
        const key = keyOf(object);
        part.objects.delete(keyText(key));
        this.#follower.changed(key);
      },
    };
  }

  get(key: ResourceKey): Resource | undefined {
    const text = keyText(key);
    for (const part of this.#parts) {
      const found = isOf(part, key) ? part.objects.get(text) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Every object of a kind. */
  *of(group: string, kind: string): Iterable<Resource> {
    for (const part of this.#parts) if (isOf(part, { group, kind })) yield* part.objects.values();
  }

  /** True once all is known that could have an object; false for kinds that are not watched. */
  isListed({ group, kind, namespace }: Omit<ResourceKey, 'name'>): boolean {
    const parts = this.#parts.filter((part) => isOf(part, { group, kind }));
    const concerned = parts.filter((part) => part.namespace === undefined || part.namespace === namespace);
    return parts.length > 0 && concerned.every(({ listed }) => listed);
  }

  /** True once everything is known that is watched and may be read. */
  get complete(): boolean {
    return this.#parts.every(({ listed, refused }) => listed || refused);
  }

  #replace(part: Part, objects: readonly Resource[]): void {
    this.#changes++;
    const changed = new Map([...part.objects.values()].map((object) => [keyText(keyOf(object)), keyOf(object)]));
    part.objects.clear();
    for (const object of objects) {
      const key = keyOf(object);
      part.objects.set(keyText(key), object);
      changed.set(keyText(key), key);
    }
    part.listed = true;
    for (const key of changed.values()) this.#follower.changed(key);
    this.#follower.listed(part.group, part.kind);
  }
}

function isOf(part: Part, { group, kind }: Pick<ResourceKey, 'group' | 'kind'>): boolean {
  return part.group === group && part.kind === kind;
}
