import type { StatsScope } from '../../runtime/instruments.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { Stream } from '../stream/stream.ts';

/** `http.<prefix>.ext_authz.*`, and `cluster.<name>.ext_authz.*` of the cluster that the request is for. */
export class ExtAuthzStats {
  readonly #scope: StatsScope;
  readonly #services: WorkerServices;
  readonly #prefix: string;

  constructor(scope: StatsScope, services: WorkerServices, statPrefix: string) {
    this.#scope = scope;
    this.#services = services;
    this.#prefix = statPrefix === '' ? '' : `${statPrefix}.`;
    for (const what of ['ok', 'denied', 'error', 'failure_mode_allowed', 'disabled']) {
      scope.counter(`ext_authz.${this.#prefix}${what}`);
    }
  }

  count(stream: Stream, what: 'ok' | 'denied' | 'error' | 'failure_mode_allowed'): void {
    this.#scope.counter(`ext_authz.${this.#prefix}${what}`).inc();
    const cluster = stream.destination?.cluster;
    if (cluster === undefined) return;
    this.#services.stats
      .scope({ prefix: `cluster.${cluster}`, prometheusPrefix: 'cluster', tags: [['envoy_cluster_name', cluster]] })
      .counter(`ext_authz.${this.#prefix}${what}`)
      .inc();
  }
}
