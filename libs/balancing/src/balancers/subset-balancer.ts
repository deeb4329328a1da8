import type { SubsetConfig } from '@malla/proxy-config';
import type { Host, PickContext } from '../host.ts';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostSet } from '../hosts/host-set.ts';
import type { HostView } from '../hosts/host-view.ts';
import type { Balancer, BalancerStats } from './balancer.ts';
import { SubsetView } from './subset-view.ts';

export interface SubsetBalancerParams {
  readonly config: SubsetConfig;
  readonly hosts: HostSet;
  readonly stats: BalancerStats;
  /** The cluster's own policy over the hosts of a subset. */
  readonly createBalancer: (view: HostView) => Balancer;
}

interface Subset {
  readonly view: SubsetView;
  readonly balancer: Balancer;
}

type Labels = Readonly<Record<string, unknown>>;

/**
 * Envoy's subset load balancing: hosts are grouped by the values of each selector's keys in their `envoy.lb` metadata, and a pick's labels name the
 * group. Without labels, or when no host has them, the fallback decides.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/load_balancing/subsets
 */
export class SubsetBalancer implements Balancer {
  readonly #params: SubsetBalancerParams;
  readonly #selectors: readonly (readonly string[])[];
  /** By {@link subsetKey}. */
  readonly #subsets = new Map<string, Subset>();
  readonly #fallback: Subset | undefined;
  /** What the labels of a route lead to; routes keep their object, so the key is made once. */
  #found = new WeakMap<Labels, Subset | 'none'>();
  #version = -1;

  constructor(params: SubsetBalancerParams) {
    this.#params = params;
    this.#selectors = params.config.selectors.map(({ keys }) => [...keys].sort());
    if (params.config.fallback !== 'none') this.#fallback = this.#createSubset();
  }

  pick(context: PickContext): Host | undefined {
    if (this.#version !== this.#params.hosts.version) this.refresh();
    const subset = context.subset && this.#find(context.subset);
    if (subset) {
      this.#params.stats.subsetsSelected++;
      return subset.balancer.pick(context);
    }
    const host = this.#fallback?.balancer.pick(context);
    if (host) this.#params.stats.subsetsFallback++;
    return host;
  }

  refresh(): void {
    const { hosts, config } = this.#params;
    if (this.#version === hosts.version) return;
    const all = hosts.levels.flatMap((level) => level.hosts);
    this.#updateSubsets(all);
    const chosen =
      config.fallback === 'default-subset' ? all.filter((host) => hasLabels(host, config.defaultSubset)) : all;
    this.#fallback?.view.update(chosen);
    this.#found = new WeakMap();
    this.#version = hosts.version;
  }

  #find(labels: Labels): Subset | undefined {
    let found = this.#found.get(labels);
    if (found === undefined) {
      const keys = Object.keys(labels).sort();
      found = this.#subsets.get(subsetKey(keys, labels)) ?? 'none';
      this.#found.set(labels, found);
    }
    return found === 'none' ? undefined : found;
  }

  #updateSubsets(all: readonly ClusterHost[]): void {
    const { stats } = this.#params;
    const members = new Map<string, Set<ClusterHost>>();
    for (const host of all) {
      const labels = labelsOf(host);
      for (const keys of this.#selectors) {
        if (!keys.every((key) => Object.hasOwn(labels, key))) continue;
        const key = subsetKey(keys, labels);
        members.set(key, (members.get(key) ?? new Set()).add(host));
      }
    }
    for (const key of this.#subsets.keys()) {
      if (members.has(key)) continue;
      this.#subsets.delete(key);
      stats.subsetsRemoved++;
    }
    for (const [key, own] of members) {
      let subset = this.#subsets.get(key);
      if (!subset) {
        subset = this.#createSubset();
        this.#subsets.set(key, subset);
        stats.subsetsCreated++;
      }
      subset.view.update([...own]);
    }
    stats.subsetsActive = this.#subsets.size;
  }

  #createSubset(): Subset {
    const view = new SubsetView(this.#params.hosts);
    return { view, balancer: this.#params.createBalancer(view) };
  }
}

function labelsOf(host: ClusterHost): Labels {
  return host.endpoint.metadata['envoy.lb'] ?? {};
}

function hasLabels(host: ClusterHost, wanted: Labels): boolean {
  const labels = labelsOf(host);
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(labels, key) && canonical(labels[key]) === canonical(value),
  );
}

/** Equal for equal values of the same keys. */
function subsetKey(keys: readonly string[], labels: Labels): string {
  return JSON.stringify(keys.map((key) => [key, canonical(labels[key])]));
}

/** JSON with the keys of objects in order: equal for equal values, and different for different types. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, own]) => `${JSON.stringify(key)}:${canonical(own)}`).join()}}`;
}
