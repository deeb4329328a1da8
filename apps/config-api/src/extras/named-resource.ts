import { findKindByAnyName, kinds, nearest, type KindDefinition } from '@malla/model';
import type { ResourceKey } from '@malla/store';
import { badRequest } from '../rest/api-status.ts';

/** An object as the parameters of Malla's own endpoints name it. */
export interface NamedResource {
  readonly definition: KindDefinition;
  readonly key: ResourceKey;
}

export interface NamedResourceParams {
  /** Kind, plural or short name, optionally with `.group`. */
  readonly resource?: string | undefined;
  /** Left out for cluster-scoped kinds; `default` otherwise. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Finds kind and key. Throws `invalid` for missing names and unknown kinds, with the nearest known one. */
export function namedResource({ resource, namespace, name }: NamedResourceParams): NamedResource {
  if (resource === undefined || name === undefined)
    throw badRequest('resource (such as virtualservices.networking.istio.io) and name are required');
  const definition = findKindByAnyName(resource);
  if (definition === undefined) {
    const hint = nearest(
      resource,
      kinds.map(({ plural }) => plural),
    );
    throw badRequest(`"${resource}" is not a known resource${hint === undefined ? '' : `; did you mean "${hint}"?`}`);
  }
  const { group, kind } = definition;
  return { definition, key: { group, kind, namespace: definition.namespaced ? (namespace ?? 'default') : '', name } };
}
