import { kinds, type KindDefinition } from '@malla/model';

const istioGroups: readonly string[] = [
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  'mesh.istio.io',
];
const mallaGroup = 'policy.malla.io';
const gatewayApiGroup = 'gateway.networking.k8s.io';
const mirroredGroups: readonly string[] = [...istioGroups, mallaGroup, gatewayApiGroup];

/** Kinds whose objects are taken over from the cluster: those that `k8s/crds` defines. */
export const mirroredKinds: readonly KindDefinition[] = kinds.filter(({ group }) => mirroredGroups.includes(group));

/**
 * Whether the status of a kind's objects in the cluster is written by Malla. That of Gateway API belongs to the implementation which the
 * GatewayClass names.
 */
export function writesStatusOf({ group }: Pick<KindDefinition, 'group'>): boolean {
  return group === mallaGroup || istioGroups.includes(group);
}

/** Where a cluster is the source, these are still config-api's own: who may do what here, and what it tells of itself. */
export function isOwnKind({ group, kind }: Pick<KindDefinition, 'group' | 'kind'>): boolean {
  if (group === 'rbac.authorization.k8s.io' || group === 'events.k8s.io') return true;
  return group === '' && (kind === 'ServiceAccount' || kind === 'Event');
}
