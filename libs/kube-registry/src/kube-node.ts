import type { Listed } from './kube-objects.ts';
import type { Node } from '@malla/model';

/** What is kept of a Node: where it is. */
export interface KubeNode {
  /** region/zone/subzone without empty ends; empty when its labels do not tell. */
  readonly locality: string;
}

/** Newest name first. Source: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const regionLabels = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'];
const zoneLabels = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const subzoneLabels = ['topology.istio.io/subzone'];

/** Source of the form: Istio, pilot/pkg/serviceregistry/kube/controller, getPodLocality. */
export function kubeNodeOf({ metadata }: Listed<Node>): KubeNode {
  const labels = metadata.labels ?? {};
  const parts = [regionLabels, zoneLabels, subzoneLabels].map(
    (names) => names.map((name) => labels[name]).find((value) => value !== undefined) ?? '',
  );
  return { locality: parts.join('/').replace(/\/+$/, '') };
}
