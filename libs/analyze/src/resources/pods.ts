import { kindRefs } from './kind-refs.ts';
import { LabelIndex } from './labels.ts';
import { data, dataAt, items, text } from './read.ts';
import type { Derivation, ResourceSet } from './resource-set.ts';
import type { Subject } from './subject.ts';

/** Pods by their labels. */
export interface PodIndex {
  readonly all: LabelIndex<Subject>;
  readonly inNamespace: (namespace: string) => LabelIndex<Subject>;
}

const nothing = new LabelIndex<Subject>();

const index: Derivation<PodIndex> = {
  inputs: [kindRefs.pod],
  build(set) {
    const all = new LabelIndex<Subject>();
    const byNamespace = new Map<string, LabelIndex<Subject>>();
    for (const pod of set.list(kindRefs.pod)) {
      all.add(pod.labels, pod);
      const own = byNamespace.get(pod.namespace) ?? new LabelIndex<Subject>();
      own.add(pod.labels, pod);
      byNamespace.set(pod.namespace, own);
    }
    return { all, inNamespace: (namespace) => byNamespace.get(namespace) ?? nothing };
  },
};

/** The pods of a set. */
export function podsOf(set: ResourceSet): PodIndex {
  return set.derive(index);
}

/** Name of the container of the sidecar. */
export const proxyContainer = 'istio-proxy';

/** Image of the proxy in a pod's spec, in a container or, as a native sidecar, in an init container; empty without one. */
export function proxyImage(podSpec: unknown): string {
  const containers = [...items(podSpec, 'containers'), ...items(podSpec, 'initContainers')];
  return text(
    containers.find((c) => text(c, 'name') === proxyContainer),
    'image',
  );
}

const injectLabel = 'sidecar.istio.io/inject';

/** Whether a pod has a sidecar, or will get one. Source: Istio pkg/config/analysis/analyzers/util, PodInMesh */
export function isPodInMesh(set: ResourceSet, pod: Subject): boolean {
  return isInMesh(set, pod.namespace, pod, pod.spec);
}

/** As {@link isPodInMesh}, for the pods of a Deployment. */
export function isDeploymentInMesh(set: ResourceSet, deployment: Subject): boolean {
  const template = data(deployment.spec['template']);
  const metadata = data(template['metadata']);
  const labels = dataAt(metadata, 'labels') as Subject['labels'];
  const annotations = dataAt(metadata, 'annotations') as Subject['labels'];
  return isInMesh(
    set,
    deployment.namespace,
    { labels, annotations },
    { containers: dataAt(template, 'spec')['containers'] },
  );
}

function isInMesh(
  set: ResourceSet,
  namespace: string,
  { labels, annotations }: Pick<Subject, 'labels' | 'annotations'>,
  podSpec: unknown,
): boolean {
  if (proxyImage(podSpec) !== '') return true;
  const wish = labels[injectLabel] ?? annotations[injectLabel];
  if (wish !== undefined) return wish === 'true';
  return set.find(kindRefs.namespace, '', namespace)?.labels['istio-injection'] === 'enabled';
}

/** Whether the traffic of a pod is redirected to an ambient proxy. */
export function isPodInAmbient(pod: Subject): boolean {
  return pod.annotations['ambient.istio.io/redirection'] === 'enabled';
}

/** Whether a namespace is in ambient mode; a label for sidecars wins. */
export function isNamespaceInAmbient(namespace: Subject | undefined): boolean {
  if (namespace === undefined) return false;
  const { labels } = namespace;
  if (labels['istio-injection'] === 'enabled' || (labels['istio.io/rev'] ?? '') !== '') return false;
  return labels['istio.io/dataplane-mode'] === 'ambient';
}
