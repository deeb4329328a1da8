import type { SlowStartConfig } from '@malla/proxy-config';
import type { Host, PickContext } from '../host.ts';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostView } from '../hosts/host-view.ts';
import type { Balancer, BalancerStats, RandomSource } from './balancer.ts';
import { HostSources, type HostSource } from './host-sources.ts';
import { SlowStart } from './slow-start.ts';

export interface SourceBalancerParams {
  readonly view: HostView;
  readonly random: RandomSource;
  readonly stats: BalancerStats;
  readonly slowStart?: SlowStartConfig | undefined;
}

/** What round robin, least request and random have in common: first priority and locality, then a host of them. */
export abstract class SourceBalancer implements Balancer {
  protected readonly random: RandomSource;
  protected readonly slowStart: SlowStart | undefined;
  readonly #view: HostView;
  readonly #stats: BalancerStats;
  readonly #weighted: boolean;
  #version = -1;
  #sources: HostSources | undefined;

  /** @param weighted Hosts of unequal weights are scheduled by `weightOf`. */
  protected constructor({ view, random, stats, slowStart }: SourceBalancerParams, weighted: boolean) {
    this.random = random;
    this.slowStart = slowStart && new SlowStart(slowStart, view);
    this.#view = view;
    this.#stats = stats;
    this.#weighted = weighted;
  }

  pick(context: PickContext): Host | undefined {
    if (this.#version !== this.#view.version) this.refresh();
    const sources = this.#sources as HostSources;
    const avoid = context.avoid;
    let host = this.#pickOnce(sources);
    if (avoid === undefined) return host;
    for (let left = avoid.attempts; left > 0 && host !== undefined && avoid.hosts.has(host); left--) {
      host = this.#pickOnce(sources);
    }
    return host;
  }

  refresh(): void {
    if (this.#version === this.#view.version) return;
    this.#sources = new HostSources({
      view: this.#view,
      random: this.random,
      stats: this.#stats,
      weightOf: this.#weighted ? (host) => this.weightOf(host) : undefined,
      alwaysSchedule: this.slowStart?.begin() ?? false,
      previous: this.#sources,
    });
    this.#version = this.#view.version;
  }

  #pickOnce(sources: HostSources): ClusterHost | undefined {
    const source = sources.choose();
    const schedule = source.schedule;
    if (schedule === undefined) return source.hosts.length === 0 ? undefined : this.pickUnweighted(source);
    const host = schedule.first;
    schedule.reschedule(this.weightOf(host));
    return host;
  }

  /** Chooses among hosts of equal weight, of which there is at least one. */
  protected abstract pickUnweighted(source: HostSource): ClusterHost;

  /** Above 0. */
  protected weightOf(host: ClusterHost): number {
    return this.slowStart?.active ? host.weight * this.slowStart.factor(host) : host.weight;
  }
}
