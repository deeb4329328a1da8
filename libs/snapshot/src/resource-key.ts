import { groupOf, type KnownResource } from '@malla/model';

/** Which resource: what stays the same over its changes. */
export interface ResourceKey {
  /** API group; empty for core. */
  readonly group: string;
  readonly kind: string;
  /** Empty for kinds without namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object. */
export function resourceKeyOf(resource: KnownResource): ResourceKey {
  const { apiVersion, kind, metadata } = resource;
  return { group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** The key as one text; no part can hold a slash. */
export function keyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

/** Key of something that is unique by name in its namespace, such as a workload. */
export function namespacedKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
