import type { Resource } from '@malla/model';
import { clusterKinds, kindRefOf, type KindRef } from './kind-refs.ts';
import { data, text, textMap, type Data } from './read.ts';

/** Cluster of everything that comes without one: files, the store, the cluster that is asked first. */
export const defaultCluster = 'default';

/** A resource as analysis sees it, with what is asked of it all the time. */
export interface Subject {
  readonly resource: Resource;
  readonly ref: KindRef;
  readonly kind: string;
  /** Empty for kinds without one, and for objects of files that name none. */
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`, or the name alone. */
  readonly fullName: string;
  readonly cluster: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Data;
}

/** A resource as subject of analysis. */
export function subjectOf(resource: Resource, cluster: string = defaultCluster): Subject {
  const ref = kindRefOf(resource);
  const name = text(resource.metadata, 'name');
  const namespace = clusterKinds.has(ref) ? '' : text(resource.metadata, 'namespace');
  return {
    resource,
    ref,
    kind: resource.kind,
    namespace,
    name,
    fullName: namespace === '' ? name : `${namespace}/${name}`,
    cluster,
    labels: textMap(resource.metadata, 'labels'),
    annotations: textMap(resource.metadata, 'annotations'),
    spec: data(resource['spec']),
  };
}

/** Origin of findings as Istio writes it, such as `VirtualService default/reviews`. */
export function originOf(subject: Pick<Subject, 'kind' | 'fullName'>): string {
  return `${subject.kind} ${subject.fullName}`;
}
