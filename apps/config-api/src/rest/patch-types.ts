import type { KindDefinition } from '@malla/model';

/** Media types of patches that every kind takes. */
const patchTypes: readonly string[] = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
];

/** Groups of Kubernetes itself: its other kinds are custom ones, which have no strategic merge there either. */
const builtInGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apps',
  'batch',
  'discovery.k8s.io',
  'events.k8s.io',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
]);

/** Whether Kubernetes itself has the kind. */
export function isBuiltIn({ group }: KindDefinition): boolean {
  return builtInGroups.has(group);
}

/** Media types of the patches that a kind takes. */
export function patchTypesOf(definition: KindDefinition): readonly string[] {
  return isBuiltIn(definition) ? [...patchTypes, 'application/strategic-merge-patch+json'] : patchTypes;
}
