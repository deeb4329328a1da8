import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostSource } from './host-sources.ts';
import { SourceBalancer, type SourceBalancerParams } from './source-balancer.ts';

/** One host after the other, from a random one on; by an EDF schedule when weights differ. */
export class RoundRobin extends SourceBalancer {
  constructor(params: SourceBalancerParams) {
    super(params, true);
  }

  protected override pickUnweighted(source: HostSource): ClusterHost {
    const turn = source.turn;
    source.turn = (turn + 1) & 0x3fffffff;
    return source.hosts[turn % source.hosts.length] as ClusterHost;
  }
}
