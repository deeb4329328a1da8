import {
  createCircuitBreakers,
  createClusterBalancer,
  HostSet,
  OutlierDetector,
  type Balancer,
  type Host,
  type LimitKind,
  type MeasuredCircuitBreakers,
  type PickContext,
  type SharedLimits,
} from '@malla/balancing';
import type { ClusterConfig, EndpointsConfig } from '@malla/proxy-config';
import type { ConnectionInfo } from '../runtime/connection.ts';
import type { StatsScope } from '../runtime/instruments.ts';
import type { Timer, WorkerServices } from '../runtime/services.ts';
import type { ClusterRuntime, ConnectHandler, ConnectParams, HostResult } from '../runtime/upstream.ts';
import type { TlsContexts } from '../tls/tls-contexts.ts';
import {
  balancerStats,
  clusterScope,
  ClusterTlsStats,
  ConnectionStats,
  MembershipStats,
  outlierStats,
  setLimitGauges,
} from './cluster-stats.ts';
import { ConnectAttempt } from './connect-attempt.ts';
import { DnsHosts } from './dns-hosts.ts';
import { HealthChecker } from './health-checker.ts';
import type { HostSource } from './host-source.ts';
import { HostTransports } from './host-transports.ts';
import { httpHealthProbe } from './http-health-probe.ts';
import { OriginalDstHosts } from './original-dst-hosts.ts';
import { silentStats } from './silent-stats.ts';
import type { Resolve } from './system-resolve.ts';

/** What clusters use of a worker. */
export type ClusterServices = Pick<WorkerServices, 'stats' | 'timers' | 'random' | 'log'>;

export interface CreateClustersParams {
  readonly services: ClusterServices;
  readonly contexts: TlsContexts;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** A cluster in one worker: its hosts, its balancer, its checks, its connections. */
export class ClusterAtWork implements ClusterRuntime {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly limits: MeasuredCircuitBreakers;
  readonly hosts: HostSet;
  readonly #params: CreateClustersParams;
  readonly #scope: StatsScope;
  readonly #members: MembershipStats;
  readonly #transports: HostTransports;
  readonly #balancer: Balancer;
  readonly #outlier: OutlierDetector | undefined;
  readonly #source: HostSource | undefined;
  readonly #checkers: readonly HealthChecker[];
  readonly #hostGone = new Set<(host: Host) => void>();
  readonly #closed = new Set<() => void>();
  #stats: ConnectionStats | undefined;
  #tlsStats: ClusterTlsStats | undefined;
  #outlierTimer: Timer | undefined;
  #membersVersion = 0;

  /** @param shared where all workers count what they have of its limits; undefined: this one counts by itself */
  constructor(config: ClusterConfig, params: CreateClustersParams, shared?: SharedLimits) {
    const { services, contexts } = params;
    this.name = config.name;
    this.config = config;
    this.#params = params;
    this.#scope = clusterScope(services.stats, config.statName);
    this.#members = new MembershipStats(this.#scope);
    this.#transports = new HostTransports(config, contexts, () => services.timers.wallClock());
    const onOverflow = (kind: LimitKind): void => this.#scope.counter(overflowCounters[kind]).inc();
    this.limits = createCircuitBreakers(config.limits, onOverflow, shared);
    this.hosts = new HostSet({
      healthyPanicThreshold: config.healthyPanicThreshold,
      localityWeighted: config.localityWeighted,
      activeHealthChecks: config.healthChecks.length > 0,
      now: () => services.timers.now(),
      onHostDown: (host) => this.#onHostDown(host),
    });
    const { hosts } = this;
    const { random } = services;
    const stats = balancerStats(this.#scope);
    this.#balancer = createClusterBalancer({ cluster: config, hosts, random, stats });
    this.#outlier =
      config.outlier &&
      new OutlierDetector({ config: config.outlier, hosts, random, stats: outlierStats(this.#scope) });
    this.#source = this.#sourceOf(config);
    this.#checkers = config.healthChecks.map((check) => this.#checker(check));
  }

  /** Begins to look for hosts and to check them. Once. */
  start(): void {
    this.#source?.start();
    if (this.#outlier !== undefined) this.#tickOutlier(this.#outlier);
  }

  /** Resolves when hosts were looked for once; at once for clusters that need not look. */
  async ready(): Promise<void> {
    if (this.#source instanceof DnsHosts) await this.#source.ready();
  }

  updateEndpoints(endpoints: EndpointsConfig): void {
    const { added, gone } = this.hosts.update(endpoints);
    if (added.length > 0 || gone.length > 0) this.#members.changed();
    for (const checker of this.#checkers) {
      checker.remove(gone);
      checker.add(added);
    }
    this.countMembers();
  }

  pick(context: PickContext & { readonly downstream?: ConnectionInfo }): Host | undefined {
    if (this.#source?.hostFor !== undefined) return this.#source.hostFor(context.downstream);
    return this.#balancer.pick(context);
  }

  connect({ host, handler, serverName, verifyName, alpn }: ConnectParams): () => void {
    const attempt = new ConnectAttempt({
      host,
      config: this.config,
      timers: this.#params.services.timers,
      stats: (this.#stats ??= new ConnectionStats(this.#scope)),
      tlsStats: () => (this.#tlsStats ??= new ClusterTlsStats(this.#scope)),
      handler,
      tls: this.#transports.for(host),
      overrides: { serverName, verifyName, alpn },
      counted: true,
    });
    return () => attempt.cancel();
  }

  report(host: Host, result: HostResult): void {
    this.#outlier?.report(host, result);
  }

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
    this.#outlierTimer?.cancel();
    this.#source?.stop();
    for (const checker of this.#checkers) checker.stop();
    for (const listener of [...this.#closed]) listener();
    this.limits.detach();
    this.#closed.clear();
    this.#hostGone.clear();
  }

  /** Removed, and nothing takes its place. */
  forget(): void {
    this.#members.set({ total: 0, healthy: 0, degraded: 0, excluded: 0 });
  }

  /** Brings gauges up to date that change too often to be written each time. */
  refreshStats(): void {
    this.countMembers();
    // Most clusters of a mesh never have a connection.
    if (this.#stats !== undefined) setLimitGauges(this.#scope, this.limits, this.config.limits.trackRemaining);
  }

  /** Brings the gauges of members up to date: health changes between updates of endpoints. */
  countMembers(): void {
    if (this.#membersVersion === this.hosts.version) return;
    this.#membersVersion = this.hosts.version;
    this.#members.set(this.hosts.membership);
  }

  #sourceOf({ discovery }: ClusterConfig): HostSource | undefined {
    const { services, resolve } = this.#params;
    const { timers } = services;
    if (discovery.kind === 'original-dst') return new OriginalDstHosts(this.hosts, timers);
    if (discovery.kind !== 'dns') return undefined;
    return new DnsHosts({
      discovery,
      timers,
      scope: this.#scope,
      onEndpoints: (endpoints) => this.updateEndpoints(endpoints),
      ...(resolve && { resolve }),
    });
  }

  #checker(config: ClusterConfig['healthChecks'][number]): HealthChecker {
    const { timers, random } = this.#params.services;
    return new HealthChecker({
      cluster: this.name,
      config,
      scope: this.#scope,
      timers,
      random,
      hasTraffic: () => this.#stats !== undefined,
      connect: (host, handler) => this.#connectForCheck(host, handler),
      probe: httpHealthProbe(timers),
      onChange: (host, healthy) => {
        this.hosts.setCheckedHealth(host, healthy);
        this.countMembers();
      },
      onPassed: (host) => this.#outlier?.onHealthCheckPassed(host),
    });
  }

  /** Like traffic, but not counted as such. */
  #connectForCheck(host: Host, handler: ConnectHandler): () => void {
    const attempt = new ConnectAttempt({
      host,
      config: this.config,
      timers: this.#params.services.timers,
      stats: new ConnectionStats(silentStats),
      tlsStats: () => new ClusterTlsStats(silentStats),
      handler,
      tls: this.#transports.for(host),
      overrides: {},
      counted: false,
    });
    return () => attempt.cancel();
  }

  #tickOutlier(outlier: OutlierDetector): void {
    this.#outlierTimer = this.#params.services.timers.set(this.config.outlier?.intervalMs ?? 10_000, () => {
      outlier.tick();
      this.countMembers();
      this.#tickOutlier(outlier);
    });
  }

  #onHostDown(host: Host): void {
    for (const listener of this.#hostGone) listener(host);
  }
}

const overflowCounters: Readonly<Record<LimitKind, string>> = {
  connections: 'upstream_cx_overflow',
  pendingRequests: 'upstream_rq_pending_overflow',
  requests: 'upstream_rq_pending_overflow',
  retries: 'upstream_rq_retry_overflow',
};
