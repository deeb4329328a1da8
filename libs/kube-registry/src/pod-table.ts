import { sameWorkload, type MeshWorkload, type WorkloadKey } from '@malla/snapshot';
import type { PlacedPod } from './listed-endpoints.ts';
import type { KubeNode } from './kube-node.ts';
import { placedAt, samePod, type KubePod } from './kube-pod.ts';
import { MultiMap } from './multi-map.ts';

/** Pods and the Nodes that they are on. Tells which Pods a change concerns; `settle` brings them up to date. */
export class PodTable {
  readonly #pods = new Map<string, KubePod>();
  readonly #placed = new Map<string, PlacedPod>();
  readonly #nodes = new Map<string, KubeNode>();
  readonly #byNode = new MultiMap();
  readonly #byAddress = new MultiMap();
  readonly #dirty = new Set<string>();

  get pods(): ReadonlyMap<string, KubePod> {
    return this.#pods;
  }

  get nodes(): ReadonlyMap<string, KubeNode> {
    return this.#nodes;
  }

  placed(): Iterable<PlacedPod> {
    return this.#placed.values();
  }

  get(key: string): PlacedPod | undefined {
    return this.#placed.get(key);
  }

  /** The Pod that has an address to itself; of several (one is ending, and its address is taken again) the one that is not ending. */
  at(address: string): PlacedPod | undefined {
    const found = [...this.#byAddress.get(address)].sort().flatMap((key) => this.#placed.get(key) ?? []);
    return found.find(({ pod }) => !pod.terminating) ?? found[0];
  }

  localityOf(node: string): string {
    return this.#nodes.get(node)?.locality ?? '';
  }

  /** Undefined: it is gone, or has ended. */
  setPod(key: string, pod: KubePod | undefined): void {
    const before = this.#pods.get(key);
    if (before === undefined ? pod === undefined : pod !== undefined && samePod(before, pod)) return;
    if (before !== undefined) {
      this.#byNode.delete(before.node, key);
      for (const address of ownAddresses(before)) this.#byAddress.delete(address, key);
    }
    if (pod === undefined) this.#pods.delete(key);
    else {
      this.#pods.set(key, pod);
      this.#byNode.add(pod.node, key);
      for (const address of ownAddresses(pod)) this.#byAddress.add(address, key);
    }
    this.#dirty.add(key);
  }

  /** Undefined: it is gone. Returns whether the locality of what is on it differs. */
  setNode(name: string, node: KubeNode | undefined): boolean {
    const before = this.localityOf(name);
    if (node === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, node);
    if (this.localityOf(name) === before) return false;
    for (const key of this.#byNode.get(name)) this.#dirty.add(key);
    return true;
  }

  /** Brings the Pods that changed up to date. Returns, by key, what was and what is. */
  settle(): ReadonlyMap<string, { readonly before: PlacedPod | undefined; readonly after: PlacedPod | undefined }> {
    const changed = new Map<string, { before: PlacedPod | undefined; after: PlacedPod | undefined }>();
    for (const key of this.#dirty) {
      const before = this.#placed.get(key);
      const pod = this.#pods.get(key);
      const after = pod === undefined ? undefined : place(pod, this.localityOf(pod.node), before);
      if (before === after) continue;
      if (after === undefined) this.#placed.delete(key);
      else this.#placed.set(key, after);
      changed.set(key, { before, after });
    }
    this.#dirty.clear();
    return changed;
  }
}

/** The identical workload while it says the same, the identical pair while both do. */
function place(pod: KubePod, locality: string, before: PlacedPod | undefined): PlacedPod {
  const workload = placedAt(pod, locality);
  if (before === undefined || !sameWorkload(before.workload, workload)) return { pod, workload };
  return before.pod === pod ? before : { pod, workload: before.workload };
}

/** A Pod on its node's network shares the addresses with others. */
export function ownAddresses(pod: KubePod): readonly string[] {
  return pod.hostNetwork ? [] : pod.workload.addresses;
}

/** Name of a Pod as the snapshot has it. */
export function workloadKeyOf({ namespace, name }: MeshWorkload): WorkloadKey {
  return { namespace, name };
}
