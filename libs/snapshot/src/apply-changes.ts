import type { KnownResource } from '@malla/model';
import { namespacedKey, keyText, resourceKeyOf, type ResourceKey } from './resource-key.ts';
import { SnapshotDraft } from './snapshot-draft.ts';
import type { MeshSnapshot } from './snapshot.ts';
import type { MeshWorkload, WorkloadKey } from './workload.ts';

/** What changes at once. Later entries for a key win; deleting what is not there is no error. */
export interface SnapshotChanges {
  readonly upserts?: readonly KnownResource[];
  readonly deletes?: readonly ResourceKey[];
  /** Of the live registry. WorkloadEntries are resources. */
  readonly workloads?: { readonly upserts?: readonly MeshWorkload[]; readonly deletes?: readonly WorkloadKey[] };
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
  return draft.finish();
}
