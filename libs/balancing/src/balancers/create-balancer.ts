import type { LoadBalancerConfig } from '@malla/proxy-config';
import type { Host } from '../host.ts';
import type { HostView } from '../hosts/host-view.ts';
import { createBalancerStats, type Balancer, type BalancerStats, type RandomSource } from './balancer.ts';
import { HashBalancer } from './hash-balancer.ts';
import { HashRing } from './hash-ring.ts';
import { LeastRequest } from './least-request.ts';
import { MaglevTable } from './maglev-table.ts';
import { Random } from './random.ts';
import { RoundRobin } from './round-robin.ts';

/** A balancer of the configured kind over a view of hosts. `random` gives 0 to 1. */
export function createBalancer(
  config: LoadBalancerConfig,
  view: HostView,
  random: RandomSource,
  stats: BalancerStats = createBalancerStats(),
): Balancer {
  switch (config.kind) {
    case 'round-robin':
      return new RoundRobin({ view, random, stats, slowStart: config.slowStart });
    case 'least-request': {
      const { choices, activeRequestBias, slowStart } = config;
      return new LeastRequest({ view, random, stats, choices, activeRequestBias, slowStart });
    }
    case 'random':
      return new Random({ view, random, stats });
    case 'ring-hash': {
      const params = {
        minimumSize: config.minimumRingSize,
        maximumSize: config.maximumRingSize,
        hashFunction: config.hashFunction,
      };
      return new HashBalancer({ view, random, stats, createTable: (hosts) => new HashRing(hosts, params) });
    }
    case 'maglev':
      return new HashBalancer({
        view,
        random,
        stats,
        createTable: (hosts) => new MaglevTable(hosts, config.tableSize),
      });
    case 'cluster-provided':
      return nothing;
  }
}

/** The cluster finds hosts by itself: nobody is to ask a balancer. */
const nothing: Balancer = {
  pick: (): Host | undefined => undefined,
  refresh: () => {},
};
