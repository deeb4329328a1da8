import { stripPort } from '@malla/matcher';
import type { Host } from '@malla/balancing';
import type { WorkerServices } from '../../runtime/services.ts';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import { clusterStatsOf, type ClusterStats } from '../stats/cluster-stats.ts';
import type { Deadlines } from '../stream/deadlines.ts';
import { HostPool } from './host-pool.ts';
import { hasOneVariant, variantOf, type PoolVariant } from './pool-variant.ts';

/** All HTTP connections to a cluster in one worker. */
export class ClusterPools {
  readonly #cluster: ClusterRuntime;
  readonly #services: WorkerServices;
  readonly #stats: ClusterStats;
  readonly #deadlines: Deadlines;
  /** The one way of the cluster, when it has one. */
  readonly #variant: PoolVariant | undefined;
  readonly #pools = new Map<Host, HostPool>();
  /** Besides, by protocol and server name. */
  readonly #variants = new Map<Host, Map<string, HostPool>>();

  constructor(cluster: ClusterRuntime, services: WorkerServices, deadlines: Deadlines) {
    this.#cluster = cluster;
    this.#services = services;
    this.#deadlines = deadlines;
    this.#stats = clusterStatsOf(cluster, services);
    this.#variant = hasOneVariant(cluster.config) ? variantOf(cluster.config, { http2: false, host: '' }) : undefined;
    cluster.onHostGone((host) => this.#drainHost(host));
    cluster.onClosed(() => this.#drainAll());
  }

  /** The pool for a request to a host. */
  poolFor(host: Host, request: { readonly isHttp2: boolean; readonly authority: string }): HostPool {
    if (this.#variant === undefined) return this.#poolOfVariant(host, request);
    const known = this.#pools.get(host);
    if (known !== undefined) return known;
    const made = this.#make(host, this.#variant, keep);
    this.#pools.set(host, made);
    return made;
  }

  #poolOfVariant(host: Host, request: { readonly isHttp2: boolean; readonly authority: string }): HostPool {
    const { http } = this.#cluster.config;
    const named = http.autoSni || http.autoSanValidation;
    const name = named ? stripPort(request.authority) : '';
    const key = `${request.isHttp2 ? '2' : '1'} ${name}`;
    let pools = this.#variants.get(host);
    if (pools === undefined) {
      pools = new Map();
      this.#variants.set(host, pools);
    }
    let pool = pools.get(key);
    if (pool === undefined) {
      const ofHost = pools;
      // Names come from clients: a pool that has become empty must not stay for them.
      const forget = (empty: HostPool): void => {
        if (ofHost.get(key) === empty) ofHost.delete(key);
        if (ofHost.size === 0 && this.#variants.get(host) === ofHost) this.#variants.delete(host);
      };
      pool = this.#make(host, variantOf(this.#cluster.config, { http2: request.isHttp2, host: name }), forget);
      pools.set(key, pool);
    }
    return pool;
  }

  #make(host: Host, variant: PoolVariant, onEmpty: (pool: HostPool) => void): HostPool {
    return new HostPool({
      cluster: this.#cluster,
      host,
      variant,
      stats: this.#stats,
      services: this.#services,
      deadlines: this.#deadlines,
      onEmpty,
    });
  }

  #drainHost(host: Host): void {
    this.#pools.get(host)?.drain();
    this.#pools.delete(host);
    for (const pool of this.#variants.get(host)?.values() ?? []) pool.drain();
    this.#variants.delete(host);
  }

  #drainAll(): void {
    for (const host of [...this.#pools.keys(), ...this.#variants.keys()]) this.#drainHost(host);
  }
}

const keep = (): void => undefined;
const known = new WeakMap<ClusterRuntime, ClusterPools>();

/** The pools of a cluster, shared by all who send requests to it. */
export function poolsOf(cluster: ClusterRuntime, services: WorkerServices, deadlines: Deadlines): ClusterPools {
  const found = known.get(cluster);
  if (found !== undefined) return found;
  const made = new ClusterPools(cluster, services, deadlines);
  known.set(cluster, made);
  return made;
}
