import type { MeshWorkload, SnapshotChanges, WorkloadKey } from '@malla/snapshot';
import type { DirectoryChanges } from '../registry/workload-directory.ts';
import type { WorkloadRecord } from '../registry/workload-record.ts';

/** The snapshot's form of changes in the directory. */
export function workloadChangesOf(changes: DirectoryChanges): SnapshotChanges {
  const upserts: MeshWorkload[] = [];
  const deletes: WorkloadKey[] = [];
  for (const [id, record] of changes) {
    if (record !== undefined) upserts.push(meshWorkload(record));
    else deletes.push(keyOf(id));
  }
  return { workloads: { upserts, deletes } };
}

function meshWorkload({ workload, healthy }: WorkloadRecord): MeshWorkload {
  const { name, namespace, serviceAccount, labels, addresses, ports, network, locality, cluster, weight, mutualTls } =
    workload;
  return {
    name,
    namespace,
    serviceAccount,
    labels,
    addresses,
    ports,
    network,
    locality,
    cluster,
    weight: Math.max(weight, 1),
    mutualTls,
    healthy,
  };
}

/** Ids are `<namespace>/<name>`. */
function keyOf(id: string): WorkloadKey {
  const slash = id.indexOf('/');
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}
