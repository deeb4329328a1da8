import {
  createBalancer,
  createCircuitBreakers,
  HostSet,
  type Balancer,
  type CircuitBreakers,
  type Host,
  type PickContext,
} from '@malla/balancing';
import type { ClusterConfig, EndpointsConfig } from '@malla/proxy-config';
import type { ConnectionInfo } from '../runtime/connection.ts';
import type { WorkerServices } from '../runtime/services.ts';
import type { ClusterRuntime, ConnectParams, HostResult } from '../runtime/upstream.ts';
import type { TlsContexts } from '../tls/tls-contexts.ts';
import { ClusterStats, clusterScope } from './cluster-stats.ts';
import { ConnectAttempt } from './connect-attempt.ts';
import { HostTransports } from './host-transports.ts';

/** What clusters use of a worker. */
export type ClusterServices = Pick<WorkerServices, 'stats' | 'timers' | 'random' | 'log'>;

export interface CreateClustersParams {
  readonly services: ClusterServices;
  readonly contexts: TlsContexts;
}

/** A cluster in one worker: its hosts, its balancer, its connections. */
export class ClusterAtWork implements ClusterRuntime {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly limits: CircuitBreakers;
  readonly stats: ClusterStats;
  readonly hosts: HostSet;
  readonly #services: ClusterServices;
  readonly #transports: HostTransports;
  readonly #balancer: Balancer;
  readonly #hostGone = new Set<(host: Host) => void>();
  readonly #closed = new Set<() => void>();

  constructor(config: ClusterConfig, { services, contexts }: CreateClustersParams) {
    this.#transports = new HostTransports(config, contexts, () => services.timers.wallClock());
    this.name = config.name;
    this.config = config;
    this.#services = services;
    this.stats = new ClusterStats(clusterScope(services.stats, config.statName));
    this.limits = createCircuitBreakers(config.limits, (kind) => this.#overflow(kind));
    this.hosts = new HostSet({
      healthyPanicThreshold: config.healthyPanicThreshold,
      localityWeighted: config.localityWeighted,
      activeHealthChecks: config.healthChecks.length > 0,
      now: () => services.timers.now(),
      onHostDown: (host) => {
        for (const listener of this.#hostGone) listener(host);
      },
    });
    this.#balancer = createBalancer(config.loadBalancer, this.hosts, services.random);
  }

  updateEndpoints(endpoints: EndpointsConfig): void {
    const { added, gone } = this.hosts.update(endpoints);
    if (added.length > 0 || gone.length > 0) this.stats.membershipChange.inc();
    this.#countMembers();
  }

  pick(context: PickContext & { readonly downstream?: ConnectionInfo }): Host | undefined {
    return this.#balancer.pick(context);
  }

  connect({ host, handler, serverName, verifyName, alpn }: ConnectParams): () => void {
    const attempt = new ConnectAttempt({
      host,
      config: this.config,
      timers: this.#services.timers,
      stats: this.stats,
      handler,
      tls: this.#transports.for(host),
      overrides: { serverName, verifyName, alpn },
    });
    return () => attempt.cancel();
  }

  report(_host: Host, _result: HostResult): void {}

  onHostGone(listener: (host: Host) => void): () => void {
    this.#hostGone.add(listener);
    return () => this.#hostGone.delete(listener);
  }

  onClosed(listener: () => void): () => void {
    this.#closed.add(listener);
    return () => this.#closed.delete(listener);
  }

  /** Removed or replaced: no more checks, pools drain. Connections that others hold stay. */
  close(): void {
    for (const listener of [...this.#closed]) listener();
    this.#closed.clear();
    this.#hostGone.clear();
  }

  #overflow(kind: keyof CircuitBreakers): void {
    if (kind === 'connections') this.stats.cxOverflow.inc();
    else if (kind === 'retries') this.stats.rqRetryOverflow.inc();
    else this.stats.rqPendingOverflow.inc();
  }

  #countMembers(): void {
    const { total, healthy, degraded, excluded } = this.hosts.membership;
    this.stats.membershipTotal.set(total);
    this.stats.membershipHealthy.set(healthy);
    this.stats.membershipDegraded.set(degraded);
    this.stats.membershipExcluded.set(excluded);
  }
}
