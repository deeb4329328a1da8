import type { KnownResource } from '@malla/model';
import { namespacedKey, keyText, resourceKeyOf, type ResourceKey } from './resource-key.ts';
import { SnapshotDraft } from './snapshot-draft.ts';
import type { MeshService } from './service.ts';
import type { MeshSnapshot } from './snapshot.ts';
import type { MeshWorkload, WorkloadKey } from './workload.ts';

/** What changes at once. Later entries for a key win; deleting what is not there is no error. */
export interface SnapshotChanges {
  readonly upserts?: readonly KnownResource[];
  readonly deletes?: readonly ResourceKey[];
  /** Of the live registry. WorkloadEntries are resources. */
  readonly workloads?: { readonly upserts?: readonly MeshWorkload[]; readonly deletes?: readonly WorkloadKey[] };
  /** Of the registry of a Kubernetes cluster, which is kept beside the resources: a complete listing of those leaves it alone. */
  readonly kubernetes?: KubernetesChanges;
}

/** What changed in a Kubernetes cluster. */
export interface KubernetesChanges {
  /** Services; deletions by host. */
  readonly services?: { readonly upserts?: readonly MeshService[]; readonly deletes?: readonly string[] };
  readonly pods?: { readonly upserts?: readonly MeshWorkload[]; readonly deletes?: readonly WorkloadKey[] };
  /** By Service host: all endpoints that its EndpointSlices list, sorted by name, each name once. */
  readonly endpoints?: ReadonlyMap<string, readonly MeshWorkload[]>;
}

/**
 * The snapshot after some changes. Whatever no change touched stays the identical object; if nothing differs, so does the snapshot.
 * Resources must have passed validation.
 */
export function applyChanges(snapshot: MeshSnapshot, changes: SnapshotChanges): MeshSnapshot {
  const draft = new SnapshotDraft(snapshot);
  for (const key of changes.deletes ?? []) draft.replaceResource(keyText(key), undefined);
  for (const resource of changes.upserts ?? []) draft.replaceResource(keyText(resourceKeyOf(resource)), resource);
  for (const key of changes.workloads?.deletes ?? [])
    draft.replaceLiveWorkload(namespacedKey(key.namespace, key.name), undefined);
  for (const workload of changes.workloads?.upserts ?? []) {
    draft.replaceLiveWorkload(namespacedKey(workload.namespace, workload.name), workload);
  }
  applyKubernetes(draft, changes.kubernetes ?? {});
  return draft.finish();
}

function applyKubernetes(draft: SnapshotDraft, { services, pods, endpoints }: KubernetesChanges): void {
  for (const host of services?.deletes ?? []) draft.replaceKubernetesService(host, undefined);
  for (const service of services?.upserts ?? []) draft.replaceKubernetesService(service.host, service);
  for (const { namespace, name } of pods?.deletes ?? []) draft.replacePod(namespacedKey(namespace, name), undefined);
  for (const pod of pods?.upserts ?? []) draft.replacePod(namespacedKey(pod.namespace, pod.name), pod);
  for (const [host, listed] of endpoints ?? []) draft.replaceListed(host, listed);
}
