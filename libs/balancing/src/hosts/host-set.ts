import type { EndpointConfig, EndpointsConfig, LocalityConfig } from '@malla/proxy-config';
import type { Host } from '../host.ts';
import { ClusterHost } from './cluster-host.ts';
import { hostKey } from './host-key.ts';
import type { HostView } from './host-view.ts';
import { localityKey, priorityLevels, type PriorityLevel } from './priority-level.ts';
import { priorityLoad, type PriorityLoad } from './priority-load.ts';

export interface HostSetParams {
  /** Percent of available hosts below which a priority uses all its hosts; 0: never. */
  readonly healthyPanicThreshold: number;
  readonly localityWeighted: boolean;
  /** The cluster has active health checks: a host is unhealthy until one has passed. Default false. */
  readonly activeHealthChecks?: boolean;
  /** Where the proxy itself is. */
  readonly locality?: LocalityConfig['locality'];
  /** Monotonic clock in ms. */
  readonly now: () => number;
  /** Told once for each host that has gone or was healthy or degraded and is not any more: its pools should drain. */
  readonly onHostDown?: (host: Host) => void;
}

/** What an update of endpoints has changed. */
export interface HostChanges {
  readonly added: readonly Host[];
  readonly gone: readonly Host[];
}

/** Numbers of hosts, for Envoy's `membership_*` gauges. */
export interface Membership {
  readonly total: number;
  readonly healthy: number;
  readonly degraded: number;
  readonly excluded: number;
}

/** Envoy's default: 1.4, in percent. */
const DEFAULT_OVERPROVISIONING = 140;
const NO_CHANGES: HostChanges = { added: [], gone: [] };

/**
 * All hosts of one cluster in one worker: who they are, how healthy, and how load is spread over their priorities. Health comes from EDS,
 * active health checks and outlier detection together. Views are computed when they are asked for, so that a burst of changes costs once.
 */
export class HostSet implements HostView {
  readonly localityWeighted: boolean;
  version = 1;
  overprovisioningFactor = DEFAULT_OVERPROVISIONING;
  readonly #params: HostSetParams;
  readonly #byKey = new Map<string, ClusterHost>();
  /** By priority and locality. */
  readonly #localityWeights = new Map<string, number>();
  #hosts: readonly ClusterHost[] = [];
  #priorities = 1;
  #levels: readonly PriorityLevel[] | undefined;
  #load: PriorityLoad | undefined;

  constructor(params: HostSetParams) {
    this.#params = params;
    this.localityWeighted = params.localityWeighted;
  }

  /** In the order of the newest endpoints. */
  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  get size(): number {
    return this.#hosts.length;
  }

  get levels(): readonly PriorityLevel[] {
    const ownLocality = this.#params.locality && localityKey(this.#params.locality);
    return (this.#levels ??= priorityLevels({
      hosts: this.#hosts,
      count: this.#priorities,
      weightOf: (locality, priority) => this.#localityWeights.get(weightKey(locality, priority)) ?? 0,
      ownLocality,
    }));
  }

  get load(): PriorityLoad {
    return (this.#load ??= this.loadOf(this.levels));
  }

  get membership(): Membership {
    const count = (of: (level: PriorityLevel) => number): number =>
      this.levels.reduce((total, level) => total + of(level), 0);
    return {
      total: this.#hosts.length,
      healthy: count((level) => level.healthy.length),
      degraded: count((level) => level.degraded.length),
      excluded: count((level) => level.excluded),
    };
  }

  now(): number {
    return this.#params.now();
  }

  /** A host by its key, `10.0.0.7:9080`. */
  find(key: string): Host | undefined {
    return this.#byKey.get(key);
  }

  /** How this cluster spreads load over other levels than its own: those of a subset. */
  loadOf(levels: readonly PriorityLevel[]): PriorityLoad {
    return priorityLoad(levels, this.overprovisioningFactor, this.#params.healthyPanicThreshold);
  }

  /** Takes a new list of endpoints. An address that comes twice counts once, as its first. */
  update(endpoints: EndpointsConfig): HostChanges {
    const hosts = new Set<ClusterHost>();
    const added: ClusterHost[] = [];
    this.#localityWeights.clear();
    this.#priorities = 1;
    for (const group of endpoints.localities) {
      this.#priorities = Math.max(this.#priorities, group.priority + 1);
      if (group.weight > 0)
        this.#localityWeights.set(weightKey(localityKey(group.locality), group.priority), group.weight);
      for (const endpoint of group.endpoints) {
        const key = hostKey(endpoint.address);
        const known = this.#byKey.get(key);
        if (known && hosts.has(known)) continue;
        const host = known ?? this.#create(key, endpoint, group);
        if (known) this.#renew(known, endpoint, group);
        else added.push(host);
        hosts.add(host);
      }
    }
    const gone = this.#hosts.filter((host) => !hosts.has(host));
    this.#hosts = [...hosts];
    this.overprovisioningFactor = endpoints.overprovisioningFactor;
    this.#changed();
    for (const host of gone) this.#drop(host);
    return { added, gone };
  }

  /** Adds one host that no list of endpoints has, for clusters that find hosts by themselves (original destination). */
  add(endpoint: EndpointConfig): Host {
    const key = hostKey(endpoint.address);
    const known = this.#byKey.get(key);
    if (known) return known;
    const host = this.#create(key, endpoint, NOWHERE);
    this.#hosts = [...this.#hosts, host];
    this.#changed();
    return host;
  }

  /** Takes one host away again. */
  remove(host: Host): HostChanges {
    const own = this.#byKey.get(host.key);
    if (own === undefined || own !== host) return NO_CHANGES;
    this.#hosts = this.#hosts.filter((other) => other !== own);
    this.#changed();
    this.#drop(own);
    return { added: [], gone: [own] };
  }

  /** What active health checks say. Hosts that have gone are ignored. */
  setCheckedHealth(host: Host, healthy: boolean): void {
    const own = this.#own(host);
    if (own === undefined || own.checkFailed === !healthy) return;
    own.checkFailed = !healthy;
    if (healthy) own.healthySince = this.now();
    this.#refresh(own);
  }

  /** What outlier detection says. Hosts that have gone are ignored. */
  setEjected(host: Host, ejected: boolean): void {
    const own = this.#own(host);
    if (own === undefined || own.ejected === ejected) return;
    own.ejected = ejected;
    this.#refresh(own);
  }

  #own(host: Host): ClusterHost | undefined {
    const own = this.#byKey.get(host.key);
    return own === host ? own : undefined;
  }

  #create(key: string, endpoint: EndpointConfig, group: LocalityConfig): ClusterHost {
    const host = new ClusterHost(key, endpoint, group, this.#params.activeHealthChecks ?? false);
    this.#byKey.set(key, host);
    this.#noteHealthy(host);
    return host;
  }

  #renew(host: ClusterHost, endpoint: EndpointConfig, group: LocalityConfig): void {
    host.endpoint = endpoint;
    host.locality = group.locality;
    host.priority = group.priority;
    this.#refresh(host);
  }

  #drop(host: ClusterHost): void {
    this.#byKey.delete(host.key);
    host.gone = true;
    this.#params.onHostDown?.(host);
  }

  #refresh(host: ClusterHost): void {
    const before = host.health;
    if (!host.refreshHealth()) return;
    this.#changed();
    this.#noteHealthy(host);
    if (before !== 'unhealthy' && host.health === 'unhealthy') this.#params.onHostDown?.(host);
  }

  #noteHealthy(host: ClusterHost): void {
    if (host.healthy) host.healthySince ??= this.now();
  }

  #changed(): void {
    this.version++;
    this.#levels = undefined;
    this.#load = undefined;
  }
}

/** Locality of hosts that nobody has placed. */
const NOWHERE: LocalityConfig = {
  locality: { region: '', zone: '', subZone: '' },
  priority: 0,
  weight: 0,
  endpoints: [],
};

function weightKey(locality: string, priority: number): string {
  return `${priority}\0${locality}`;
}
