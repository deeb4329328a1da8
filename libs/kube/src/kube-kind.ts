import { findKind, type ObjectMeta } from '@malla/model';

/** What every object of an API server has. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A kind as an API server serves it; `T` is the type of its objects. */
export interface KubeKind<T extends KubeObject = KubeObject> {
  /** API group; empty for core. */
  readonly group: string;
  /** The version that is asked for. */
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never there: it carries the type. */
  readonly objectType?: T;
}

/**
 * A kind of the model, in its preferred version unless another is named: `kubeKind<Pod>('', 'Pod')`.
 * @throws TypeError if the model has no such kind
 */
export function kubeKind<T extends KubeObject>(group: string, kind: string, version?: string): KubeKind<T> {
  const definition = findKind(group, kind);
  if (definition === undefined) throw new TypeError(`No kind ${kind} in group "${group}"`);
  const { plural, namespaced, versions } = definition;
  return { group, version: version ?? (versions[0] as string), kind, plural, namespaced };
}

/** `v1` or `group/version`. */
export function apiVersionOf({ group, version }: Pick<KubeKind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `pods`, or `virtualservices.networking.istio.io`: as people and messages name a kind. */
export function kindText({ plural, group }: Pick<KubeKind, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `/api/v1`, or `/apis/<group>/<version>`. */
export function versionPath(kind: Pick<KubeKind, 'group' | 'version'>): string {
  return `/${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
}

/** Path of a collection; of all namespaces where a namespaced kind is asked for without one. */
export function collectionPath(kind: KubeKind, namespace = ''): string {
  const within = kind.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(kind)}${within}/${kind.plural}`;
}

/** Path of an object, or of a part of it. */
export function objectPath(
  kind: KubeKind,
  { namespace = '', name }: { readonly namespace?: string | undefined; readonly name: string },
  subresource?: string,
): string {
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}${part}`;
}
