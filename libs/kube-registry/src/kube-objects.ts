import type { EndpointSlice, Node, Pod, Service } from '@malla/model';

/** The kinds that the registry is made from. */
export const registryKinds = ['Service', 'EndpointSlice', 'Pod', 'Node'] as const;

export type RegistryKind = (typeof registryKinds)[number];

/** An object as an API server lists it: items of a list come without apiVersion and kind. */
export type Listed<R extends { readonly metadata: unknown }> = Omit<R, 'apiVersion' | 'kind'> & {
  readonly apiVersion?: string;
  readonly kind?: string;
};

/** The object of each kind. */
export interface RegistryObjects {
  readonly Service: Listed<Service>;
  readonly EndpointSlice: Listed<EndpointSlice>;
  readonly Pod: Listed<Pod>;
  readonly Node: Listed<Node>;
}

/** Which object of a kind. */
export interface ObjectName {
  /** Empty for Nodes. */
  readonly namespace: string;
  readonly name: string;
}

/** Changes of objects of one kind. */
export interface ObjectChanges<K extends RegistryKind = RegistryKind> {
  readonly kind: K;
  readonly upserts?: readonly RegistryObjects[K][];
  readonly deletes?: readonly ObjectName[];
  /** The upserts are all that there are: what is not among them is gone. */
  readonly replace?: boolean;
}

/** Any of the kinds, each with objects of its own. */
export type AnyObjectChanges = { [K in RegistryKind]: ObjectChanges<K> }[RegistryKind];

/** `<namespace>/<name>`, or the name of an object without namespace. */
export function objectKey({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
