import type { EncodedResource } from '@malla/protos';

/** The resources of one type by name. Maps are never changed after they were handed over: a change is a new map. */
export type ResourcesByName = ReadonlyMap<string, EncodedResource>;

/** Everything that one proxy should have: type URL -> name -> resource. */
export type ResourceSet = ReadonlyMap<string, ResourcesByName>;

/** No resources of a type. */
export const noResources: ResourcesByName = new Map();

/** The resources of one type; empty when the set has none. */
export function resourcesOf(set: ResourceSet, typeUrl: string): ResourcesByName {
  return set.get(typeUrl) ?? noResources;
}
