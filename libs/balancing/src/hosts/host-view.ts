import type { PriorityLevel } from './priority-level.ts';
import type { PriorityLoad } from './priority-load.ts';

/** What a balancer picks from: all hosts of a cluster, or a subset of them. */
export interface HostView {
  /** Another number after every change of hosts, weights or health; then `levels` and `load` are new. */
  readonly version: number;
  readonly levels: readonly PriorityLevel[];
  readonly load: PriorityLoad;
  /** Localities get traffic by their weights. */
  readonly localityWeighted: boolean;
  /** In percent. */
  readonly overprovisioningFactor: number;
  /** Monotonic, in ms. For slow start. */
  now(): number;
}
