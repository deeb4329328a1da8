import type { ClusterConfig, ListenerConfig } from '@malla/proxy-config';
import type { ResourcesByName } from '@malla/xds';
import type { WorkerUpdate } from '../runtime/update.ts';
import type { Accepted, Kind, Refusal, ResourceReader } from './accepted.ts';
import {
  endpointsOfCluster,
  routesOfListener,
  secretsOfCluster,
  secretsOfListener,
  unknownCluster,
  type DiscoveredSecret,
  type Need,
} from './references.ts';
import { ResourceTable } from './resource-table.ts';
import { UpdateBuilder } from './update-builder.ts';

export interface ConfigurationParams {
  readonly reader: ResourceReader;
  /** Of the bootstrap. */
  readonly clusters: readonly ClusterConfig[];
  readonly listeners: readonly ListenerConfig[];
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** Names that the present configuration wants from discovery. */
export interface Wanted {
  readonly endpoint: readonly string[];
  readonly route: readonly string[];
  /** By ADS. */
  readonly secret: readonly string[];
  /** By the cluster that serves them. */
  readonly secretsFrom: ReadonlyMap<string, readonly string[]>;
  /** How long each of them may take to come for the first time, by name. */
  readonly fetches: Readonly<Record<'endpoint' | 'route' | 'secret', ReadonlyMap<string, number>>>;
}

/**
 * All configuration of the process: what was accepted, what of it is at work, and what waits. A cluster is put to work when its endpoints and
 * secrets are there, a listener when its routes and secrets are; until then the version before it stays at work. Endpoints, routes and secrets go
 * straight through. Source: Envoy's cluster and listener warming.
 */
export class Configuration {
  readonly clusters: ResourceTable<'cluster'>;
  readonly endpoints: ResourceTable<'endpoint'>;
  readonly listeners: ResourceTable<'listener'>;
  readonly routes: ResourceTable<'route'>;
  readonly secrets: ResourceTable<'secret'>;
  /** What the workers have. */
  readonly activeClusters = new Map<string, Accepted<'cluster'>>();
  readonly activeListeners = new Map<string, Accepted<'listener'>>();
  /** Names of endpoints, routes and secrets that will not come: unknown to the server, or waited for long enough. */
  readonly #given = { endpoint: new Set<string>(), route: new Set<string>(), secret: new Set<string>() };
  readonly #builder = new UpdateBuilder();
  /** Worked out again only when clusters or listeners have changed: endpoints change more often than all else. */
  #wanted: Wanted | undefined;

  constructor({ reader, clusters, listeners, now }: ConfigurationParams) {
    const fixed = <C extends { readonly name: string }>(configs: readonly C[]) =>
      configs.map((config) => ({ name: config.name, config, resource: undefined, updatedAt: now() }));
    this.clusters = new ResourceTable({ kind: 'cluster', reader, now, fixed: fixed(clusters) });
    this.listeners = new ResourceTable({ kind: 'listener', reader, now, fixed: fixed(listeners) });
    this.endpoints = new ResourceTable({ kind: 'endpoint', reader, now, fixed: [] });
    this.routes = new ResourceTable({ kind: 'route', reader, now, fixed: [] });
    this.secrets = new ResourceTable({ kind: 'secret', reader, now, fixed: [] });
  }

  /** Takes what discovery tells of one kind now; gives what is wrong with it. Of clusters and listeners it is everything. */
  take(kind: Kind, resources: ResourcesByName): readonly Refusal[] {
    switch (kind) {
      case 'cluster':
        this.#wanted = undefined;
        return this.clusters.take(resources, true);
      case 'listener':
        this.#wanted = undefined;
        return this.listeners.take(resources, true);
      case 'endpoint':
        return this.endpoints.take(resources, false);
      case 'secret':
        return this.secrets.take(resources, false);
      case 'route':
        return this.routes.take(resources, false, (table) => {
          const unknown = unknownCluster(table, (name) => this.clusters.has(name));
          return unknown === undefined ? undefined : `route: unknown cluster '${unknown}'`;
        });
    }
  }

  /** A name will not come; what waits for it goes on without. */
  giveUp(kind: 'endpoint' | 'route' | 'secret', name: string): void {
    this.#given[kind].add(name);
  }

  /** The same object while nothing has changed. */
  get wanted(): Wanted {
    return (this.#wanted ??= this.#wantedNow());
  }

  #wantedNow(): Wanted {
    const clusters = merged(this.clusters.values(), this.activeClusters.values());
    const listeners = merged(this.listeners.values(), this.activeListeners.values());
    const secrets = [...clusters.flatMap(secretsOfCluster), ...listeners.flatMap(secretsOfListener)];
    const endpoints = clusters.map(endpointsOfCluster).filter((need) => need !== undefined);
    const routes = listeners.flatMap(routesOfListener);
    return {
      endpoint: unique(endpoints.map(({ name }) => name)),
      route: unique(routes.map(({ name }) => name)),
      secret: unique(secrets.filter(({ source }) => source.kind === 'ads').map(({ name }) => name)),
      secretsFrom: bySource(secrets),
      fetches: { endpoint: timeoutsOf(endpoints), route: timeoutsOf(routes), secret: timeoutsOf(secrets) },
    };
  }

  /** Forgets endpoints, routes and secrets that nothing wants any more. */
  forgetUnwanted({ endpoint, route, secret, secretsFrom }: Wanted): void {
    const names = {
      endpoint: new Set(endpoint),
      route: new Set(route),
      secret: new Set([...secret, ...[...secretsFrom.values()].flat()]),
    };
    this.endpoints.keepOnly(names.endpoint);
    this.routes.keepOnly(names.route);
    this.secrets.keepOnly(names.secret);
    for (const kind of ['endpoint', 'route', 'secret'] as const)
      for (const name of this.#given[kind]) if (!names[kind].has(name)) this.#given[kind].delete(name);
  }

  /** Accepted, but not at work. */
  get warmingClusters(): readonly Accepted<'cluster'>[] {
    return this.clusters.values().filter((each) => this.activeClusters.get(each.name) !== each);
  }

  get warmingListeners(): readonly Accepted<'listener'>[] {
    return this.listeners.values().filter((each) => this.activeListeners.get(each.name) !== each);
  }

  /** What the workers need to be up to date; undefined when they are. They are taken to have it from now on. */
  nextUpdate(): WorkerUpdate | undefined {
    for (const cluster of this.warmingClusters) {
      if (this.#clusterIsReady(cluster.config)) this.#activate(this.activeClusters, cluster);
    }
    this.#keepActive(this.activeClusters, this.clusters);
    for (const listener of this.warmingListeners) {
      if (this.listenerIsReady(listener.config)) this.#activate(this.activeListeners, listener);
    }
    this.#keepActive(this.activeListeners, this.listeners);
    return this.#builder.difference({
      secrets: this.secrets.values(),
      clusters: [...this.activeClusters.values()],
      endpoints: this.#activeEndpoints(),
      routes: this.routes.values(),
      listeners: [...this.activeListeners.values()],
    });
  }

  /** Everything that is at work, for a worker that begins. */
  fullUpdate(): WorkerUpdate {
    return this.#builder.everything();
  }

  /** A listener could not be opened: the one before it stays, or none. */
  revertListener(name: string, before: Accepted<'listener'> | undefined): void {
    this.#wanted = undefined;
    this.listeners.revert(name, before);
    if (before === undefined) this.activeListeners.delete(name);
    else this.activeListeners.set(name, before);
    this.#builder.forgetListener(name, before);
  }

  listenerIsReady(listener: ListenerConfig): boolean {
    return (
      routesOfListener(listener).every(({ name }) => this.routes.has(name) || this.#given.route.has(name)) &&
      secretsOfListener(listener).every(({ name }) => this.secrets.has(name) || this.#given.secret.has(name))
    );
  }

  #activate<K extends Kind>(active: Map<string, Accepted<K>>, accepted: Accepted<K>): void {
    this.#wanted = undefined;
    active.set(accepted.name, accepted);
  }

  #keepActive<K extends Kind>(active: Map<string, Accepted<K>>, table: ResourceTable<K>): void {
    for (const name of active.keys()) {
      if (table.has(name)) continue;
      this.#wanted = undefined;
      active.delete(name);
    }
  }

  #clusterIsReady(cluster: ClusterConfig): boolean {
    const endpoints = endpointsOfCluster(cluster);
    return (
      (endpoints === undefined || this.endpoints.has(endpoints.name) || this.#given.endpoint.has(endpoints.name)) &&
      secretsOfCluster(cluster).every(({ name }) => this.secrets.has(name) || this.#given.secret.has(name))
    );
  }

  #activeEndpoints(): readonly Accepted<'endpoint'>[] {
    const names = unique([...this.activeClusters.values()].map(({ config }) => endpointsOfCluster(config)?.name ?? ''));
    return names.map((name) => this.endpoints.get(name)).filter((each) => each !== undefined);
  }
}

/** A version at work keeps what it needs while the next one waits for its own. */
function merged<K extends Kind>(
  accepted: Iterable<Accepted<K>>,
  active: Iterable<Accepted<K>>,
): readonly Accepted<K>['config'][] {
  return [...new Set([...accepted, ...active])].map(({ config }) => config);
}

function timeoutsOf(needs: readonly Need[]): ReadonlyMap<string, number> {
  return new Map(needs.map(({ name, fetchTimeoutMs }) => [name, fetchTimeoutMs]));
}

function bySource(secrets: readonly DiscoveredSecret[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, source } of secrets) {
    if (source.kind !== 'cluster') continue;
    const names = found.get(source.cluster) ?? [];
    if (!names.includes(name)) found.set(source.cluster, [...names, name]);
  }
  return found;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
