import type { Subject } from '../../resources/subject.ts';

/** Whether something belongs to the control plane by its labels. Source: Istio pkg/config/analysis/analyzers/util, IsIstioControlPlane */
export function isControlPlane({ labels }: Pick<Subject, 'labels'>): boolean {
  return labels['istio'] !== undefined || labels['release'] === 'istio';
}
