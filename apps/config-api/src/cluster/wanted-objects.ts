import type { Resource } from '@malla/model';
import { keyText, type ResourceKey } from '@malla/store';
import { isNamespaceKey, isProtectedNamespace } from '../resources/namespaces.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { isFromConfigMap } from './mesh-config-map.ts';
import { mirrorForm } from './mirror-form.ts';
import { markWhole, wholeMark } from './whole-mark.ts';
import type { SecretNames } from './secret-names.ts';

/** What the store is to hold under a key. */
export type Wanted =
  /** This object. */
  | { readonly type: 'object'; readonly object: Resource }
  /** None. */
  | { readonly type: 'nothing' }
  /** Whatever it holds: its own, or not known yet. */
  | { readonly type: 'as-it-is' };

export interface WantedObjectsParams {
  readonly objects: ClusterObjects;
  readonly secretNames: SecretNames;
  /** True once everything of the cluster has come into the store, now or in an earlier life. */
  readonly isWhole: () => boolean;
}

/** Tells what of the cluster belongs into the store. */
export class WantedObjects {
  readonly #objects: ClusterObjects;
  readonly #secretNames: SecretNames;
  readonly #isWhole: () => boolean;

  constructor({ objects, secretNames, isWhole }: WantedObjectsParams) {
    this.#objects = objects;
    this.#secretNames = secretNames;
    this.#isWhole = isWhole;
  }

  at(key: ResourceKey): Wanted {
    if (!this.#objects.isListed(key)) return { type: 'as-it-is' };
    // Which Secrets are named is known once everything is.
    if (isSecret(key) && !this.#objects.complete) return { type: 'as-it-is' };
    const found = this.#objects.get(key);
    if (found !== undefined && this.#isChosen(key, found)) {
      const object = mirrorForm(found);
      return { type: 'object', object: isSame(key, wholeMark) && this.#isWhole() ? markWhole(object) : object };
    }
    if (isNamespaceKey(key) && isProtectedNamespace(key.name)) return { type: 'as-it-is' };
    return { type: 'nothing' };
  }

  #isChosen(key: ResourceKey, object: Resource): boolean {
    if (isSecret(key)) return this.#secretNames.has(key.name);
    // An object that is one wins over a ConfigMap, whatever their ages are.
    if (!isFromConfigMap(object)) return true;
    return [...this.#objects.of(key.group, key.kind)].every(isFromConfigMap);
  }
}

function isSame(a: ResourceKey, b: ResourceKey): boolean {
  return keyText(a) === keyText(b);
}

export function isSecret({ group, kind }: Pick<ResourceKey, 'group' | 'kind'>): boolean {
  return group === '' && kind === 'Secret';
}
