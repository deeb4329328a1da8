import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostSet } from '../hosts/host-set.ts';
import type { HostView } from '../hosts/host-view.ts';
import { priorityLevels, type PriorityLevel } from '../hosts/priority-level.ts';
import type { PriorityLoad } from '../hosts/priority-load.ts';

/** Some hosts of a cluster, with priorities and panic of their own. Weights of localities do not count in a subset (Envoy's default). */
export class SubsetView implements HostView {
  readonly localityWeighted = false;
  version = -1;
  readonly #parent: HostSet;
  #levels: readonly PriorityLevel[] = [];
  #load: PriorityLoad | undefined;

  constructor(parent: HostSet) {
    this.#parent = parent;
  }

  get levels(): readonly PriorityLevel[] {
    return this.#levels;
  }

  get load(): PriorityLoad {
    return (this.#load ??= this.#parent.loadOf(this.#levels));
  }

  get overprovisioningFactor(): number {
    return this.#parent.overprovisioningFactor;
  }

  now(): number {
    return this.#parent.now();
  }

  /** Takes the hosts of the parent's newest version. */
  update(hosts: readonly ClusterHost[]): void {
    this.#levels = priorityLevels({
      hosts,
      count: this.#parent.levels.length,
      weightOf: () => 0,
      ownLocality: undefined,
    });
    this.#load = undefined;
    this.version = this.#parent.version;
  }
}
