import {
  createBalancer,
  createCircuitBreakers,
  HostSet,
  type Balancer,
  type CircuitBreakers,
  type Host,
  type PickContext,
} from '@malla/balancing';
import type { ClusterConfig, EndpointsConfig, UpstreamTransport } from '@malla/proxy-config';
import type { ConnectionInfo } from '../runtime/connection.ts';
import type { WorkerServices } from '../runtime/services.ts';
import type { ClusterRuntime, ConnectParams, HostResult } from '../runtime/upstream.ts';
import { ClusterStats, clusterScope } from './cluster-stats.ts';
import { ConnectAttempt } from './connect-attempt.ts';

/** What clusters are made with. */
export type ClusterServices = Pick<WorkerServices, 'stats' | 'timers' | 'random' | 'log'>;

/** A cluster in one worker: its hosts, its balancer, its connections. */
export class ClusterAtWork implements ClusterRuntime {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly limits: CircuitBreakers;
  readonly stats: ClusterStats;
  readonly hosts: HostSet;
  readonly #services: ClusterServices;
  readonly #balancer: Balancer;
  readonly #hostGone = new Set<(host: Host) => void>();
  readonly #closed = new Set<() => void>();

  constructor(config: ClusterConfig, services: ClusterServices) {
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

  connect({ host, handler }: ConnectParams): () => void {
    const transport = this.#transportFor(host);
    if (transport.kind === 'tls') throw new Error('TLS is not there yet');
    const attempt = new ConnectAttempt({
      host,
      config: this.config,
      timers: this.#services.timers,
      stats: this.stats,
      handler,
      onSettled: () => undefined,
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

  #transportFor(host: Host): UpstreamTransport {
    const { transportMatches, transport } = this.config;
    if (transportMatches.length === 0) return transport;
    const labels = host.endpoint.metadata['envoy.transport_socket_match'] ?? {};
    const match = transportMatches.find((candidate) =>
      Object.entries(candidate.labels).every(([name, value]) => labels[name] === value),
    );
    return match?.transport ?? transport;
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
