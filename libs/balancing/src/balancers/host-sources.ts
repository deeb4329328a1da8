import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostView } from '../hosts/host-view.ts';
import type { LocalityGroup, PriorityLevel } from '../hosts/priority-level.ts';
import type { BalancerStats, RandomSource } from './balancer.ts';
import { EdfScheduler } from './edf-scheduler.ts';

/** Hosts that one pick chooses among: those of one priority with one health, and of one locality when localities are weighted. */
export class HostSource {
  readonly key: string;
  readonly hosts: readonly ClusterHost[];
  /** For hosts with unequal weights. */
  readonly schedule: EdfScheduler<ClusterHost> | undefined;
  /** Of the next pick in turn; taken modulo the number of hosts. */
  turn: number;

  constructor(key: string, hosts: readonly ClusterHost[], turn: number, schedule?: EdfScheduler<ClusterHost>) {
    this.key = key;
    this.hosts = hosts;
    this.turn = turn;
    this.schedule = schedule;
  }
}

/** What a host weighs in a schedule now, above 0; undefined where weights don't count. */
export type HostWeight = (host: ClusterHost) => number;

export interface HostSourcesParams {
  readonly view: HostView;
  readonly random: RandomSource;
  readonly stats: BalancerStats;
  readonly weightOf?: HostWeight | undefined;
  /** Makes schedules although weights are equal: hosts are in slow start. */
  readonly alwaysSchedule: boolean;
  /** Whose turns go on. */
  readonly previous?: HostSources | undefined;
}

/** A share of the traffic, up to a bound of accumulated percent. */
interface Share {
  readonly upTo: number;
  readonly panic: boolean;
  readonly source: HostSource;
  readonly localities: EdfScheduler<WeightedSource> | undefined;
}

interface WeightedSource {
  readonly weight: number;
  readonly source: HostSource;
}

/** Decides priority, health and locality of a pick, for balancers that do so at random. Made anew for each version of a view. */
export class HostSources {
  readonly #random: RandomSource;
  readonly #stats: BalancerStats;
  readonly #shares: Share[] = [];
  readonly #byKey = new Map<string, HostSource>();
  /** Where everything goes, when there is no choice to make. */
  readonly #only: HostSource | undefined;

  constructor(params: HostSourcesParams) {
    this.#random = params.random;
    this.#stats = params.stats;
    const seed = Math.floor(params.random() * 0x40000000);
    this.#build(params, seed);
    const [first, second] = this.#shares;
    if (first && !second && !first.panic && !first.localities) this.#only = first.source;
  }

  /** The source of the next pick; it may have no hosts. */
  choose(): HostSource {
    if (this.#only !== undefined) return this.#only;
    const share = this.#share();
    if (share.panic) this.#stats.healthyPanic++;
    const localities = share.localities;
    if (localities === undefined) return share.source;
    const { source, weight } = localities.first;
    localities.reschedule(weight);
    return source;
  }

  turnOf(key: string): number | undefined {
    return this.#byKey.get(key)?.turn;
  }

  #share(): Share {
    const shares = this.#shares;
    const percent = this.#random() * 100;
    let at = 0;
    while (at < shares.length - 1 && percent >= (shares[at] as Share).upTo) at++;
    return shares[at] as Share;
  }

  #build(params: HostSourcesParams, seed: number): void {
    const { view } = params;
    const { load } = view;
    let upTo = 0;
    const add = (level: PriorityLevel, percent: number, degraded: boolean): void => {
      if (percent === 0) return;
      upTo += percent;
      const panic = load.panic[level.priority] as boolean;
      const eligible = degraded ? level.degraded : level.healthy;
      const key = `${level.priority} ${panic ? 'all' : degraded ? 'degraded' : 'healthy'}`;
      const source = this.#source(params, key, panic ? level.hosts : eligible, seed);
      const weighted = view.localityWeighted && !panic && eligible.length > 0;
      const localities = weighted ? this.#localities(params, level, degraded, seed) : undefined;
      this.#shares.push({ upTo, panic, source, localities });
    };
    for (const level of view.levels) add(level, load.healthy[level.priority] as number, false);
    for (const level of view.levels) add(level, load.degraded[level.priority] as number, true);
  }

  #localities(
    params: HostSourcesParams,
    level: PriorityLevel,
    degraded: boolean,
    seed: number,
  ): EdfScheduler<WeightedSource> | undefined {
    const sources: WeightedSource[] = [];
    level.localities.forEach((group, index) => {
      const hosts = degraded ? group.degraded : group.healthy;
      const weight = effectiveWeight(group, hosts.length, params.view.overprovisioningFactor);
      if (weight === 0) return;
      const key = `${level.priority} ${degraded ? 'degraded' : 'healthy'} ${index}`;
      sources.push({ weight, source: this.#source(params, key, hosts, seed) });
    });
    return sources.length > 0 ? new EdfScheduler(sources, ({ weight }) => weight, params.random()) : undefined;
  }

  #source(params: HostSourcesParams, key: string, hosts: readonly ClusterHost[], seed: number): HostSource {
    const { weightOf, alwaysSchedule, previous, random } = params;
    const scheduled = weightOf !== undefined && hosts.length > 1 && (alwaysSchedule || !equalWeights(hosts));
    const schedule = scheduled ? new EdfScheduler(hosts, weightOf, random()) : undefined;
    const source = new HostSource(key, hosts, previous?.turnOf(key) ?? seed, schedule);
    this.#byKey.set(key, source);
    return source;
  }
}

/** A locality with fewer good hosts gets less, but only when overprovisioning does not make up for it. */
function effectiveWeight(group: LocalityGroup, eligible: number, overprovisioningFactor: number): number {
  const counted = group.hosts.length - group.excluded;
  if (counted === 0) return 0;
  return group.weight * Math.min(1, (overprovisioningFactor / 100) * (eligible / counted));
}

function equalWeights(hosts: readonly ClusterHost[]): boolean {
  const weight = hosts[0]?.weight;
  return hosts.every((host) => host.weight === weight);
}
