import { typeUrls, type EncodedResource } from '@malla/protos';
import type { ResourcesByName } from './resource-set.ts';

/** Types that clients ask for by name, because something else that they have refers to it. */
const referredTypes: ReadonlySet<string> = new Set([typeUrls.endpoint, typeUrls.route]);

/**
 * What was in a type's target until lately. A client may be about to ask for the endpoints of a cluster that is to be removed: without
 * an answer the cluster would not get warm, and its removal would wait for it.
 */
export class FormerResources {
  readonly #keeps: boolean;
  readonly #resources = new Map<string, EncodedResource>();

  constructor(typeUrl: string) {
    this.#keeps = referredTypes.has(typeUrl);
  }

  get(name: string): EncodedResource | undefined {
    return this.#resources.get(name);
  }

  /** One target takes the place of another. */
  replace(before: ResourcesByName, after: ResourcesByName): void {
    if (!this.#keeps) return;
    for (const [name, resource] of before) if (!after.has(name)) this.#resources.set(name, resource);
    for (const name of this.#resources.keys()) if (after.has(name)) this.#resources.delete(name);
  }

  /** Everything that referred to them is gone. */
  clear(): void {
    this.#resources.clear();
  }
}
