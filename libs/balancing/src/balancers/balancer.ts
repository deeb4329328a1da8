import type { Host, PickContext } from '../host.ts';

/** Chooses hosts of a cluster. */
export interface Balancer {
  /** A host; undefined when there is none that may be used. Does not count it as used: that is the caller's. */
  pick(context: PickContext): Host | undefined;
  /** Builds tables for the newest hosts now; else the next pick does. */
  refresh(): void;
}

/** Envoy's `lb_*` statistics of a cluster; only ever incremented. */
export interface BalancerStats {
  /** Picks in panic: health was ignored. */
  healthyPanic: number;
  subsetsSelected: number;
  subsetsFallback: number;
  /** Gauge: subsets that have hosts. */
  subsetsActive: number;
  subsetsCreated: number;
  subsetsRemoved: number;
}

/** All zero. */
export function createBalancerStats(): BalancerStats {
  return {
    healthyPanic: 0,
    subsetsSelected: 0,
    subsetsFallback: 0,
    subsetsActive: 0,
    subsetsCreated: 0,
    subsetsRemoved: 0,
  };
}

/** A number from 0 (included) to 1 (not), such as Math.random. */
export type RandomSource = () => number;
