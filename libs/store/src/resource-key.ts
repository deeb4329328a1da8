import { groupOf, type Resource } from '@malla/model';

/** Names one object of one kind, whatever its version. */
export interface ResourceKey {
  /** API group; empty for core. */
  readonly group: string;
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object. */
export function keyOf(object: Resource): ResourceKey {
  const { namespace, name } = object.metadata;
  return { group: groupOf(object.apiVersion), kind: object.kind, namespace: namespace ?? '', name };
}

/** One text per key, for maps and logs: `networking.istio.io/VirtualService/shop/reviews`. `/` occurs in no part. */
export function keyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

/** The order of lists: group, kind, namespace, name, each by code units, the same in every store. */
export function compareKeys(a: ResourceKey, b: ResourceKey): number {
  return (
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
