import type { ClusterConfig } from '@malla/proxy-config';
import type { HostSet } from '../hosts/host-set.ts';
import type { Balancer, BalancerStats, RandomSource } from './balancer.ts';
import { createBalancer } from './create-balancer.ts';
import { SubsetBalancer } from './subset-balancer.ts';

export interface ClusterBalancerParams {
  readonly cluster: Pick<ClusterConfig, 'loadBalancer' | 'subsets'>;
  readonly hosts: HostSet;
  readonly random: RandomSource;
  readonly stats: BalancerStats;
}

/** The balancer of a cluster: its policy, over subsets when it has some. */
export function createClusterBalancer({ cluster, hosts, random, stats }: ClusterBalancerParams): Balancer {
  const config = cluster.subsets;
  if (config === undefined || config.selectors.length === 0) {
    return createBalancer(cluster.loadBalancer, hosts, random, stats);
  }
  return new SubsetBalancer({
    config,
    hosts,
    stats,
    createBalancer: (view) => createBalancer(cluster.loadBalancer, view, random, stats),
  });
}
