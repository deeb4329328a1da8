import type { ClusterHost } from '../hosts/cluster-host.ts';
import type { HostSource } from './host-sources.ts';
import { SourceBalancer, type SourceBalancerParams } from './source-balancer.ts';

export interface LeastRequestParams extends SourceBalancerParams {
  /** Hosts looked at for each pick. */
  readonly choices: number;
  /** Power to which active requests lower a weight. */
  readonly activeRequestBias: number;
}

/**
 * The host with the fewest active requests of a few random ones (the same may come up twice). With unequal weights: a schedule with
 * `weight / (active + 1) ^ bias`.
 */
export class LeastRequest extends SourceBalancer {
  readonly #choices: number;
  readonly #bias: number;

  constructor(params: LeastRequestParams) {
    super(params, true);
    this.#choices = params.choices;
    this.#bias = params.activeRequestBias;
  }

  protected override pickUnweighted(source: HostSource): ClusterHost {
    const hosts = source.hosts;
    const count = hosts.length;
    let best = hosts[Math.floor(this.random() * count)] as ClusterHost;
    for (let left = this.#choices - 1; left > 0; left--) {
      const other = hosts[Math.floor(this.random() * count)] as ClusterHost;
      if (other.activeRequests < best.activeRequests) best = other;
    }
    return best;
  }

  protected override weightOf(host: ClusterHost): number {
    const weight = super.weightOf(host);
    const active = host.activeRequests + 1;
    return this.#bias === 1 ? weight / active : weight / active ** this.#bias;
  }
}
