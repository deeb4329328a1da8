import type { Resource } from '@malla/model';
import type { ResourceKey } from '@malla/store';
import { namespaceKey } from '../resources/namespaces.ts';

const annotation = 'malla.io/mirror';

/** Every cluster has this namespace; on the stored one stands that the whole cluster was mirrored once. */
export const wholeMark: ResourceKey = namespaceKey('default');

export function markWhole(object: Resource): Resource {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: 'whole' } } };
}

/** True if the store holds a whole mirror: what is served from it is no half of a configuration. */
export function isWhole(get: (key: ResourceKey) => { readonly object: Resource } | undefined): boolean {
  return get(wholeMark)?.object.metadata.annotations?.[annotation] !== undefined;
}
