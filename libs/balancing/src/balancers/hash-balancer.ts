import type { Host, PickContext } from '../host.ts';
import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostView } from '../hosts/host-view.ts';
import type { PriorityLevel } from '../hosts/priority-level.ts';
import { Word64 } from '../hash/word64.ts';
import type { Balancer, BalancerStats, RandomSource } from './balancer.ts';

/** A host and its part of all weight of its priority, 0 to 1. */
export interface NormalizedHost {
  readonly host: ClusterHost;
  readonly weight: number;
}

/** Maps every hash to a host. */
export interface HashTable {
  /** `attempt` counts from 0; each one gives, likely, another host. May change `hash`. */
  choose(hash: Word64, attempt: number): ClusterHost | undefined;
}

export interface HashBalancerParams {
  readonly view: HostView;
  readonly random: RandomSource;
  readonly stats: BalancerStats;
  readonly createTable: (hosts: readonly NormalizedHost[]) => HashTable;
}

/** Consistent hashing, with a table for each priority that a hash can lead to: all healthy hosts, or in panic all hosts. */
export class HashBalancer implements Balancer {
  readonly #params: HashBalancerParams;
  readonly #hash = new Word64();
  #version = -1;
  #tables: readonly HashTable[] = [];
  /** Accumulated percent of the priorities, first for healthy, then for degraded hosts. */
  #bounds: readonly number[] = [];
  #panic: readonly boolean[] = [];

  constructor(params: HashBalancerParams) {
    this.#params = params;
  }

  pick(context: PickContext): Host | undefined {
    if (this.#version !== this.#params.view.version) this.refresh();
    this.#setHash(context);
    const priority = this.#priority();
    if (this.#panic[priority] === true) this.#params.stats.healthyPanic++;
    const table = this.#tables[priority] as HashTable;
    const avoid = context.avoid;
    let host = table.choose(this.#hash, 0);
    if (avoid === undefined) return host;
    for (let attempt = 1; attempt <= avoid.attempts && host !== undefined && avoid.hosts.has(host); attempt++) {
      this.#setHash(context);
      host = table.choose(this.#hash, attempt);
    }
    return host;
  }

  refresh(): void {
    const { view, createTable } = this.#params;
    if (this.#version === view.version) return;
    let bound = 0;
    this.#panic = view.load.panic;
    this.#bounds = [...view.load.healthy, ...view.load.degraded].map((load) => (bound += load));
    this.#tables = view.levels.map((level) =>
      createTable(normalizedHosts(level, view.load.panic[level.priority] as boolean, view.localityWeighted)),
    );
    this.#version = view.version;
  }

  #setHash(context: PickContext): void {
    if (context.hash !== undefined) this.#hash.setBigInt(context.hash);
    // No hash to keep: every attempt may go anywhere.
    else this.#hash.set(this.#params.random() * 0x100000000, this.#params.random() * 0x100000000);
  }

  #priority(): number {
    const bounds = this.#bounds;
    if (this.#tables.length === 1) return 0;
    const percent = this.#hash.modulo(100);
    for (let i = 0; i < bounds.length; i++) {
      if (percent < (bounds[i] as number)) return i % this.#tables.length;
    }
    return 0;
  }
}

function normalizedHosts(level: PriorityLevel, panic: boolean, localityWeighted: boolean): NormalizedHost[] {
  if (!localityWeighted || level.localities.length === 0) {
    return normalize(panic ? level.hosts : level.healthy, 1);
  }
  const total = level.localities.reduce((sum, group) => sum + group.weight, 0);
  return level.localities
    .filter((group) => group.weight > 0)
    .flatMap((group) => normalize(panic ? group.hosts : group.healthy, group.weight / total));
}

/** The operations are Envoy's one by one: another order rounds to another table. */
function normalize(hosts: readonly ClusterHost[], share: number): NormalizedHost[] {
  const total = hosts.reduce((sum, host) => sum + host.weight, 0);
  return hosts.map((host) => ({ host, weight: (host.weight * share) / total }));
}

/** Text that stands for a host in a table, as Latin-1 of its bytes: metadata `hash_key` of `envoy.lb`, else its address. */
export function hashKeyOf(host: ClusterHost): string {
  const named = host.endpoint.metadata['envoy.lb']?.['hash_key'];
  const key = typeof named === 'string' && named !== '' ? named : host.key;
  return Buffer.from(key, 'utf8').toString('latin1');
}
