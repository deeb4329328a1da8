import { typeUrls } from '@malla/protos';
import type { Reference } from './references.ts';
import { referencesOf } from './references.ts';
import { resourcesOf, type ResourceSet } from './resource-set.ts';

/** A reference to a resource that the set does not have. */
export interface DanglingReference {
  readonly from: Reference;
  readonly to: Reference;
}

/**
 * Checks that a set is whole: each cluster's endpoints and each listener's routes are in it. A proxy that got a set
 * with dangling references would wait for them. Empty: consistent.
 */
export function danglingReferences(set: ResourceSet): readonly DanglingReference[] {
  return [typeUrls.cluster, typeUrls.listener].flatMap((typeUrl) =>
    [...resourcesOf(set, typeUrl).values()].flatMap((resource) =>
      referencesOf(resource)
        .filter((to) => !resourcesOf(set, to.typeUrl).has(to.name))
        .map((to) => ({ from: { typeUrl, name: resource.name }, to })),
    ),
  );
}
