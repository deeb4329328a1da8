import { groupOf, type OwnerReference, type Resource } from '@malla/model';
import { keyOf, keyText, type ResourceKey } from '@malla/store';

/** Which objects belong to which, by the owner's uid. Follows the mirror. */
export class OwnerIndex {
  readonly #dependents = new Map<string, Map<string, ResourceKey>>();
  readonly #ownersOf = new Map<string, readonly string[]>();

  clear(): void {
    this.#dependents.clear();
    this.#ownersOf.clear();
  }

  set(object: Resource): void {
    this.delete(object);
    const owners = ownersOf(object).map(({ uid }) => uid);
    if (owners.length === 0) return;
    const key = keyOf(object);
    this.#ownersOf.set(keyText(key), owners);
    for (const uid of owners) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, ResourceKey>();
      dependents.set(keyText(key), key);
      this.#dependents.set(uid, dependents);
    }
  }

  delete(object: Resource): void {
    const text = keyText(keyOf(object));
    for (const uid of this.#ownersOf.get(text) ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(text);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
    this.#ownersOf.delete(text);
  }

  dependentsOf(uid: string | undefined): readonly ResourceKey[] {
    return uid === undefined ? [] : [...(this.#dependents.get(uid)?.values() ?? [])];
  }
}

/** Whom an object belongs to. */
export function ownersOf({ metadata }: Resource): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}

/** The key of an owner that is of a kind with or without a namespace. */
export function ownerKey({ apiVersion, kind, name }: OwnerReference, namespace: string): ResourceKey {
  return { group: groupOf(apiVersion), kind, namespace, name };
}
