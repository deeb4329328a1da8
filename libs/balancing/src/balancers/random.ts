import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostSource } from './host-sources.ts';
import { SourceBalancer, type SourceBalancerParams } from './source-balancer.ts';

/** Any host, each as likely as the other: weights of hosts do not count, as in Envoy. */
export class Random extends SourceBalancer {
  constructor(params: SourceBalancerParams) {
    super(params, false);
  }

  protected override pickUnweighted(source: HostSource): ClusterHost {
    return source.hosts[Math.floor(this.random() * source.hosts.length)] as ClusterHost;
  }
}
