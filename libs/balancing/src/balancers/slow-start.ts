import type { SlowStartConfig } from '@malla/proxy-config';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostView } from '../hosts/host-view.ts';

/**
 * Lets hosts that have just become healthy take their share bit by bit.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/load_balancing/slow_start
 */
export class SlowStart {
  readonly #config: SlowStartConfig;
  readonly #view: HostView;
  /** Ms of the view's clock: until then some host is in its window. */
  #until = 0;

  constructor(config: SlowStartConfig, view: HostView) {
    this.#config = config;
    this.#view = view;
  }

  /** Looks at the hosts of a new version; true when some are in slow start. */
  begin(): boolean {
    let latest = -Infinity;
    for (const level of this.#view.levels) {
      for (const host of level.healthy) latest = Math.max(latest, host.healthySince ?? -Infinity);
    }
    this.#until = latest + this.#config.windowMs;
    return this.active;
  }

  get active(): boolean {
    return this.#config.windowMs > 0 && this.#view.now() <= this.#until;
  }

  /** Part of its weight that a host is given now, above 0 and at most 1. */
  factor(host: ClusterHost): number {
    const { windowMs, aggression, minWeightPercent } = this.#config;
    if (!host.healthy || host.healthySince === undefined) return 1;
    const age = this.#view.now() - host.healthySince;
    if (age >= windowMs) return 1;
    const time = Math.max(1, age) / windowMs;
    return Math.max(aggression === 1 ? time : time ** (1 / aggression), minWeightPercent / 100, Number.EPSILON);
  }
}
