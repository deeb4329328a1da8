import { keyText, namespacedKey, type KubernetesChanges, type MeshSnapshot } from '@malla/snapshot';

/** Something outside the cluster that an object of the cluster hides, because both have one name. */
export interface Collision {
  readonly kind: 'Pod' | 'Service';
  readonly namespace: string;
  readonly name: string;
}

/** What newly comes into the cluster and hides something: a registered workload, or a Service of the configuration. */
export function collisionsOf(snapshot: MeshSnapshot, { pods, services }: KubernetesChanges): readonly Collision[] {
  const hidden: Collision[] = [];
  for (const { namespace, name } of pods?.upserts ?? []) {
    const key = namespacedKey(namespace, name);
    if (!snapshot.pods.has(key) && (snapshot.liveWorkloads.has(key) || snapshot.entryWorkloads.has(key)))
      hidden.push({ kind: 'Pod', namespace, name });
  }
  for (const { host, namespace, name } of services?.upserts ?? []) {
    const key = keyText({ group: '', kind: 'Service', namespace, name });
    if (!snapshot.kubernetesServices.has(host) && snapshot.resources.has(key))
      hidden.push({ kind: 'Service', namespace, name });
  }
  return hidden;
}
