import type { ListenerConfig } from '@malla/proxy-config';
import { typeUrls } from '@malla/protos';
import type { GrpcStatus } from '../grpc/grpc-status.ts';
import type { Timers } from '../runtime/services.ts';
import type { UpdateResult, WorkerUpdate } from '../runtime/update.ts';
import type { LogLevel } from '../worker/protocol.ts';
import type { Accepted, Kind, Refusal } from './accepted.ts';
import type { AdsClient } from './ads-client.ts';
import type { Configuration, Wanted } from './configuration.ts';
import type { DiscoveryStats } from './discovery-stats.ts';
import { InitialFetches } from './initial-fetches.ts';
import type { SubscriptionOwner } from './discovery-stream.ts';

/** A stream that names can be asked for on. */
export interface NamedStream {
  readonly client: AdsClient;
  send(messages: readonly Uint8Array[]): void;
}

export interface DiscoveryParams {
  readonly configuration: Configuration;
  readonly stats: DiscoveryStats;
  readonly timers: Timers;
  /** Everything that goes out of this class: the workers, other streams, the log. */
  readonly surroundings: DiscoverySurroundings;
}

export interface DiscoverySurroundings {
  /** Resolves when all workers have applied it. */
  apply(update: WorkerUpdate): Promise<UpdateResult>;
  /** Why a listener that still waits for something could not be opened; undefined when it could. */
  probe(listener: ListenerConfig): Promise<string | undefined>;
  /** The stream of a cluster that serves secrets; opened when it is asked for first. Undefined when there is no such cluster. */
  secretsFrom(cluster: string): NamedStream | undefined;
  /** The first configuration is in place: the program serves. */
  onLive(): void;
  log(level: LogLevel, logger: string, text: string): void;
}

/**
 * Brings configuration from discovery to the workers. Clusters are asked for first, listeners once all clusters are at work; the program is live when
 * the first listeners are. Source: Envoy, "Initialization".
 */
export class Discovery implements SubscriptionOwner {
  readonly #params: DiscoveryParams;
  readonly #fetches: InitialFetches;
  #ads: NamedStream | undefined;
  #phase: 'clusters' | 'listeners' | 'live' = 'clusters';
  #told = { cluster: false, listener: false };
  #turn: Promise<unknown> = Promise.resolve();
  /** Listeners that could not be opened in the pass that runs, with the reason. */
  #failures = new Map<string, string>();
  #fetchTimeoutMs = 0;
  /** What was asked for last. */
  #subscribed: Wanted | undefined;

  constructor(params: DiscoveryParams) {
    this.#params = params;
    this.#fetches = new InitialFetches(params.timers, (kind, name) => {
      params.surroundings.log(
        'warning',
        'config',
        `gRPC config: initial fetch timed out for ${typeUrls[kind]} ${name}`,
      );
      params.configuration.giveUp(kind, name);
      void this.sync();
    });
  }

  /**
   * Puts what the bootstrap has to work; gives what could not be.
   * @param ads undefined: there is nothing else
   * @param fetchTimeoutMs how long clusters, and then listeners, may take to come; 0: as long as it takes
   */
  async begin(ads: NamedStream | undefined, fetchTimeoutMs = 0): Promise<readonly string[]> {
    this.#ads = ads;
    this.#fetchTimeoutMs = fetchTimeoutMs;
    this.#limit('cluster');
    await this.sync();
    return [...this.#failures].map(([name, message]) => `${name}: ${message}`);
  }

  async apply(kind: Kind, client: AdsClient, absent: readonly string[]): Promise<readonly Refusal[]> {
    const { configuration, stats } = this.#params;
    const resources = client.resources(typeUrls[kind]);
    const listenersBefore = new Map(configuration.listeners.values().map((each) => [each.name, each]));
    const refusals = [...configuration.take(kind, resources)];
    if (kind === 'cluster' || kind === 'listener') this.#told[kind] = true;
    else for (const name of absent) configuration.giveUp(kind, name);
    if (kind === 'listener') refusals.push(...(await this.#probeWarming(listenersBefore)));
    const failures = await this.sync();
    for (const [name, message] of kind === 'listener' ? failures : []) {
      const version = resources.get(name)?.version;
      if (version !== undefined) refusals.push({ name, version, message });
    }
    stats.updated(kind, refusals.length === 0);
    for (const { name, message } of refusals)
      this.#params.surroundings.log(
        'warning',
        'config',
        `gRPC config for ${typeUrls[kind]} rejected: ${name}: ${message}`,
      );
    return refusals;
  }

  onConnected(): void {
    this.#params.stats.connected(true);
  }

  onDown({ code, message }: GrpcStatus): void {
    this.#params.stats.connected(false);
    const text = `ADS stream to the control plane closed: ${code}, ${message}`;
    this.#params.surroundings.log('warning', 'config', text);
  }

  onProblem(text: string, level: 'warning' | 'error' = 'error'): void {
    this.#params.surroundings.log(level, 'config', text);
  }

  /** Brings the workers up to date, one pass after the other. Gives the listeners that could not be opened in this pass. */
  sync(): Promise<ReadonlyMap<string, string>> {
    const turn = this.#turn.then(() => this.#pass());
    this.#turn = turn.catch((error: unknown) =>
      this.#params.surroundings.log('critical', 'config', error instanceof Error ? (error.stack ?? '') : String(error)),
    );
    return turn;
  }

  async #pass(): Promise<ReadonlyMap<string, string>> {
    const { configuration, stats, surroundings } = this.#params;
    this.#failures = new Map();
    for (;;) {
      const wanted = configuration.wanted;
      this.#subscribe(wanted);
      const before = new Map(configuration.activeListeners);
      const update = configuration.nextUpdate();
      if (update === undefined) {
        // Not before the workers have it: who reads that nothing warms may connect.
        stats.sizes(configuration);
        configuration.forgetUnwanted(wanted);
        if (!this.#goOn()) return this.#failures;
        continue;
      }
      stats.changed(update, before);
      this.#failed(await surroundings.apply(update), before);
    }
  }

  #failed({ failures }: UpdateResult, before: ReadonlyMap<string, Accepted<'listener'>>): void {
    const { configuration, stats, surroundings } = this.#params;
    for (const { name, message } of failures) {
      if (this.#failures.has(name)) continue;
      this.#failures.set(name, message);
      stats.listenerFailed();
      surroundings.log('error', 'config', `listener '${name}' failed: ${message}`);
      configuration.revertListener(name, before.get(name));
    }
  }

  #subscribe(wanted: Wanted): void {
    if (wanted !== this.#subscribed) this.#ask(wanted);
    this.#subscribed = wanted;
    const { configuration } = this.#params;
    this.#fetches.expect('endpoint', wanted.fetches.endpoint, (name) => configuration.endpoints.has(name));
    this.#fetches.expect('route', wanted.fetches.route, (name) => configuration.routes.has(name));
    this.#fetches.expect('secret', wanted.fetches.secret, (name) => configuration.secrets.has(name));
  }

  #ask(wanted: Wanted): void {
    const ads = this.#ads;
    for (const kind of ['endpoint', 'route', 'secret'] as const) {
      if (ads !== undefined) ads.send(ads.client.subscribe(typeUrls[kind], wanted[kind]));
    }
    // Those that were asked before too: what is not wanted any more must not come again.
    for (const cluster of new Set([...(this.#subscribed?.secretsFrom.keys() ?? []), ...wanted.secretsFrom.keys()])) {
      const stream = this.#params.surroundings.secretsFrom(cluster);
      stream?.send(stream.client.subscribe(typeUrls.secret, wanted.secretsFrom.get(cluster) ?? []));
    }
  }

  /** The next phase, when this one is over. True when there may be more to do. */
  #goOn(): boolean {
    const { configuration, surroundings } = this.#params;
    const ads = this.#ads;
    if (this.#phase === 'clusters') {
      if (ads !== undefined && (!this.#told.cluster || configuration.warmingClusters.length > 0)) return false;
      this.#phase = 'listeners';
      surroundings.log('info', 'upstream', 'cm init: all clusters initialized');
      ads?.send(ads.client.subscribe(typeUrls.listener, ['*']));
      this.#limit('listener');
      return true;
    }
    if (this.#phase === 'live') return false;
    if (ads !== undefined && !this.#told.listener) return false;
    if (configuration.warmingListeners.length > 0) return false;
    this.#phase = 'live';
    surroundings.onLive();
    return false;
  }

  /** After its time a whole type counts as told: there are none of it. */
  #limit(kind: 'cluster' | 'listener'): void {
    if (this.#ads === undefined || this.#fetchTimeoutMs === 0) return;
    this.#params.timers.set(this.#fetchTimeoutMs, () => {
      if (this.#told[kind]) return;
      this.#told[kind] = true;
      this.#params.surroundings.log('warning', 'config', `gRPC config: initial fetch timed out for ${typeUrls[kind]}`);
      void this.sync();
    });
  }

  /** A listener that waits is answered for now, so whether its addresses are free is looked at now. */
  async #probeWarming(before: ReadonlyMap<string, Accepted<'listener'>>): Promise<readonly Refusal[]> {
    const { configuration, surroundings } = this.#params;
    const refusals: Refusal[] = [];
    for (const listener of configuration.warmingListeners) {
      if (listener.resource === undefined || before.get(listener.name) === listener) continue;
      if (configuration.listenerIsReady(listener.config)) continue;
      const message = await surroundings.probe(listener.config);
      if (message === undefined) continue;
      configuration.listeners.revert(listener.name, before.get(listener.name));
      refusals.push({ name: listener.name, version: listener.resource.version, message });
    }
    return refusals;
  }
}
