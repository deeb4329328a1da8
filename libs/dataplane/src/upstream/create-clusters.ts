import { isDeepStrictEqual } from 'node:util';
import type { SharedLimits } from '@malla/balancing';
import type { ClusterConfig, EndpointsConfig } from '@malla/proxy-config';
import type { ClusterRuntime, Clusters } from '../runtime/upstream.ts';
import { ClusterAtWork, type CreateClustersParams } from './cluster-at-work.ts';

export type { CreateClustersParams };

/** Memory for the limits of each cluster; undefined: they are this worker's alone. */
export type LimitsByCluster = (cluster: string) => SharedLimits | undefined;

/** The clusters of a worker, and how they change. */
export interface WorkerClusters extends Clusters {
  /**
   * Adds clusters or replaces them; one whose configuration differs only in endpoints goes on with the new ones.
   * @param shared memory in which all workers count what they have of the clusters' limits; default: this one counts by itself
   */
  apply(configs: readonly ClusterConfig[], shared?: LimitsByCluster): void;
  /** Endpoints by EDS service name; those of clusters that are not there yet are kept. */
  applyEndpoints(endpoints: readonly EndpointsConfig[]): void;
  remove(names: readonly string[]): void;
  removeEndpoints(names: readonly string[]): void;
  /** Resolves when every cluster that looks for its hosts by DNS has had a first answer, or has failed to get one. */
  ready(): Promise<void>;
  /** Brings gauges up to date that change too often to be written each time. Before statistics are read. */
  refreshStats(): void;
  /** Names, in the order in which they came. */
  names(): readonly string[];
  close(): void;
}

/** No clusters yet. */
export function createClusters(params: CreateClustersParams): WorkerClusters {
  return new ClusterTable(params);
}

class ClusterTable implements WorkerClusters {
  readonly #params: CreateClustersParams;
  readonly #clusters = new Map<string, ClusterAtWork>();
  readonly #endpoints = new Map<string, EndpointsConfig>();

  constructor(params: CreateClustersParams) {
    this.#params = params;
  }

  get(name: string): ClusterRuntime | undefined {
    return this.#clusters.get(name);
  }

  names(): readonly string[] {
    return [...this.#clusters.keys()];
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.ready()));
  }

  refreshStats(): void {
    for (const cluster of this.#clusters.values()) cluster.refreshStats();
  }

  apply(configs: readonly ClusterConfig[], shared?: LimitsByCluster): void {
    for (const config of configs) this.#applyOne(config, shared?.(config.name));
  }

  applyEndpoints(endpoints: readonly EndpointsConfig[]): void {
    for (const each of endpoints) {
      this.#endpoints.set(each.clusterName, each);
      for (const cluster of this.#clusters.values()) {
        if (edsName(cluster.config) === each.clusterName) cluster.updateEndpoints(each);
      }
    }
  }

  remove(names: readonly string[]): void {
    for (const name of names) {
      const cluster = this.#clusters.get(name);
      this.#clusters.delete(name);
      cluster?.close();
      cluster?.forget();
    }
  }

  removeEndpoints(names: readonly string[]): void {
    for (const name of names) {
      this.#endpoints.delete(name);
    }
  }

  close(): void {
    this.remove(this.names());
  }

  #applyOne(config: ClusterConfig, shared: SharedLimits | undefined): void {
    const old = this.#clusters.get(config.name);
    if (old !== undefined && sameButEndpoints(old.config, config)) {
      if (config.discovery.kind === 'static') old.updateEndpoints(config.discovery.endpoints);
      return;
    }
    const cluster = new ClusterAtWork(config, this.#params, shared);
    this.#clusters.set(config.name, cluster);
    const endpoints =
      config.discovery.kind === 'static' ? config.discovery.endpoints : this.#endpoints.get(edsName(config) ?? '');
    if (endpoints !== undefined) cluster.updateEndpoints(endpoints);
    cluster.start();
    old?.close();
  }
}

function edsName({ discovery }: ClusterConfig): string | undefined {
  return discovery.kind === 'eds' ? discovery.serviceName : undefined;
}

function sameButEndpoints(a: ClusterConfig, b: ClusterConfig): boolean {
  return isDeepStrictEqual(withoutEndpoints(a), withoutEndpoints(b));
}

function withoutEndpoints(config: ClusterConfig): object {
  return config.discovery.kind === 'static' ? { ...config, discovery: 'static' } : config;
}
