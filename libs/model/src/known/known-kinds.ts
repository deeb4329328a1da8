/** Kinds of Istio, Gateway API and Kubernetes that people apply with a mesh and that Malla does not accept yet, by group. */
const unsupported: Readonly<Record<string, readonly string[]>> = {
  'install.istio.io': ['IstioOperator'],
  'inference.networking.k8s.io': ['InferencePool'],
  '': ['LimitRange', 'PersistentVolume', 'PersistentVolumeClaim', 'ReplicationController', 'ResourceQuota'],
  autoscaling: ['HorizontalPodAutoscaler'],
  policy: ['PodDisruptionBudget'],
  'networking.k8s.io': ['NetworkPolicy'],
};

/** Whether another platform defines this kind and Malla does not accept it yet. */
export function isKnownUnsupportedKind(group: string, kind: string): boolean {
  return Object.hasOwn(unsupported, group) && (unsupported[group]?.includes(kind) ?? false);
}

/** All of them, by API group. */
export function unsupportedKinds(): Readonly<Record<string, readonly string[]>> {
  return unsupported;
}

/** Names of all kinds that are known but not accepted, for hints. */
export function unsupportedKindNames(): readonly string[] {
  return [...new Set(Object.values(unsupported).flat())];
}

/** API groups of known but not accepted kinds, for hints. */
export function unsupportedGroups(): readonly string[] {
  return Object.keys(unsupported).filter((g) => g !== '');
}
