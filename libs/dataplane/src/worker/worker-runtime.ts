import type { SharedLimits } from '@malla/balancing';
import { onTurnFault } from '@malla/http-codec';
import type { LocalRateLimitConfig } from '@malla/proxy-config';
import { createListeners, type WorkerListeners } from '../listener/create-listeners.ts';
import type { WorkerServices } from '../runtime/services.ts';
import type { UpdateResult, WorkerUpdate } from '../runtime/update.ts';
import { StatsStore } from '../stats/stats-store.ts';
import { SecretStore } from '../tls/secret-store.ts';
import { createServerTls } from '../tls/server-tls.ts';
import { TlsContexts } from '../tls/tls-contexts.ts';
import { onTransportFault, reportFault } from '../transport/socket-transport.ts';
import { createClusters, type WorkerClusters } from '../upstream/create-clusters.ts';
import { BatchedLogs } from './batched-logs.ts';
import { clusterStatuses } from './cluster-statuses.ts';
import { localRateLimits } from './local-rate-limits.ts';
import {
  connectionsSlot,
  type FromWorker,
  type LogLevel,
  type SharedPlaces,
  type ToWorker,
  type WorkerStart,
} from './protocol.ts';
import { RouteStore } from './route-store.ts';
import { SharedBucket, type BucketPlace } from './shared-bucket.ts';
import { terminalFactories } from './terminals.ts';
import { TimerWheel } from './timer-wheel.ts';

/** How long an update waits for names of its clusters, in milliseconds. */
const resolvePatienceMs = 2_000;

const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

/** Everything of one worker thread: it applies updates, carries traffic, and answers the main thread. */
export class WorkerRuntime {
  readonly #post: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
  readonly #stats: StatsStore;
  readonly #routes = new RouteStore();
  readonly #secrets = new SecretStore();
  readonly #clusters: WorkerClusters;
  readonly #listeners: WorkerListeners;
  readonly #logs: BatchedLogs;
  readonly #timers: TimerWheel;
  readonly #buckets = new WeakMap<LocalRateLimitConfig, SharedBucket>();
  readonly #heartbeats: Int32Array;
  readonly #index: number;
  #logLevel: LogLevel;
  #draining = false;
  #updates: Promise<void> = Promise.resolve();

  constructor(start: WorkerStart, post: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void) {
    this.#post = post;
    this.#logLevel = start.logLevel;
    this.#heartbeats = new Int32Array(start.heartbeats);
    this.#index = start.index;
    this.#stats = new StatsStore(start.statsPrefixes);
    const timers = new TimerWheel(undefined, reportFault);
    this.#timers = timers;
    this.#logs = new BatchedLogs(timers, post);
    const log: WorkerServices['log'] = (level, text) => this.#log(level, text);
    const base = { stats: this.#stats.root, timers, random: Math.random, log };
    const contexts = new TlsContexts({
      secrets: this.#secrets,
      onBroken: (message) => this.#log('error', `a secret cannot be used: ${message}`),
      ticketSeed: start.ticketSeed,
    });
    this.#clusters = createClusters({ services: base, contexts });
    const shared = new Int32Array(start.shared);
    const services: WorkerServices = {
      ...base,
      clusters: this.#clusters,
      routes: this.#routes,
      logs: this.#logs,
      nodeCluster: start.nodeCluster,
      nodeId: start.nodeId,
      nodeZone: start.nodeZone,
      sharedBucket: (config) => this.#buckets.get(config),
      draining: () => this.#draining,
      // A plain read: it is asked for every request, and may be a moment late.
      overloaded: () => shared[1] === 1,
    };
    this.#listeners = createListeners({
      services,
      terminals: terminalFactories(services),
      serverTls: (config) => createServerTls({ config, contexts, now: () => timers.wallClock() }),
      limits: {
        ...(start.maxConnections > 0 && { maxConnections: start.maxConnections }),
        active: shared,
        ownSlot: connectionsSlot(start.index),
      },
      drainTimeMs: start.drainMs,
      workerIndex: start.index,
    });
    onTurnFault(reportFault);
    // Envoy counts failures of its own assumptions by this name; there too, they cost what they happened to and nothing else.
    const faults = this.#stats.root.counter('server.envoy_bug_failures');
    onTransportFault((error) => {
      faults.inc();
      this.#log('error', `work for a connection failed: ${textOf(error)}`);
    });
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'update':
        this.#updates = this.#updates.then(async () =>
          this.#post({ kind: 'applied', result: await this.#apply(message.update, message.shared) }),
        );
        return;
      case 'stats': {
        this.#clusters.refreshStats();
        this.#listeners.refreshStats();
        const snapshot = this.#stats.snapshot();
        return this.#post({ kind: 'stats', id: message.id, snapshot });
      }
      case 'hosts':
        return this.#post({ kind: 'hosts', id: message.id, clusters: clusterStatuses(this.#clusters) });
      case 'reset-counters':
        return this.#stats.resetCounters();
      case 'flush-logs':
        this.#logs.flush();
        return this.#post({ kind: 'flushed', id: message.id });
      case 'ping':
        Atomics.store(this.#heartbeats, this.#index, message.beat);
        return;
      case 'log-level':
        this.#logLevel = message.level;
        return;
      case 'drain':
        return this.#drain(message.inboundOnly, message.stop);
    }
  }

  /** In the order of {@link WorkerUpdate}: nothing is named before it is there. */
  async #apply(update: WorkerUpdate, shared: SharedPlaces | undefined): Promise<UpdateResult> {
    const { removed } = update;
    if (shared !== undefined) this.#share(update, shared);
    this.#secrets.update(update.secrets);
    this.#clusters.apply(update.clusters, (name) => this.#limitsOf(name, shared));
    this.#clusters.applyEndpoints(update.endpoints);
    if (update.clusters.some(({ discovery }) => discovery.kind === 'dns')) await this.#namesResolved();
    this.#routes.apply(update.routes);
    const failures = await this.#listeners.apply(update.listeners);
    await this.#listeners.remove(removed.listeners);
    this.#routes.remove(removed.routes);
    this.#removeClusters(removed.clusters);
    this.#clusters.removeEndpoints(removed.endpoints);
    this.#secrets.update([], removed.secrets);
    return { sequence: update.sequence, failures: failures.map((each) => ({ kind: 'listener', ...each })) };
  }

  /** By configuration: it is this object that filters have. */
  #share(update: WorkerUpdate, { buckets }: SharedPlaces): void {
    localRateLimits(update).forEach(({ config, bucket }, index) =>
      this.#buckets.set(config, new SharedBucket(bucket, buckets[index] as BucketPlace)),
    );
  }

  #limitsOf(cluster: string, shared: SharedPlaces | undefined): SharedLimits | undefined {
    const place = shared?.limits.get(cluster);
    if (shared === undefined || place === undefined) return undefined;
    return { cells: new Int32Array(place.memory), at: place.at, workers: shared.workers, own: this.#index };
  }

  /** Envoy warms clusters: their names are looked up before requests come that want them. A resolver that hangs must not keep the rest. */
  #namesResolved(): Promise<unknown> {
    const patience = new Promise<void>((resolve) => this.#timers.set(resolvePatienceMs, resolve));
    return Promise.race([this.#clusters.ready(), patience]);
  }

  /** Their statistics go with them, unless another cluster counts under the same name. */
  #removeClusters(names: readonly string[]): void {
    const statNames = names.map((name) => this.#clusters.get(name)?.config.statName);
    this.#clusters.remove(names);
    const used = new Set(
      statNames.length === 0 ? [] : this.#clusters.names().map((name) => this.#clusters.get(name)?.config.statName),
    );
    for (const name of statNames) if (name !== undefined && !used.has(name)) this.#stats.release(`cluster.${name}.`);
  }

  #drain(inboundOnly: boolean, stop: boolean): void {
    const directions = inboundOnly ? (['inbound'] as const) : undefined;
    if (!inboundOnly) this.#draining = true;
    this.#listeners.drain(directions);
    if (stop) this.#listeners.stop(directions);
  }

  #log(level: LogLevel, text: string): void {
    if (order.indexOf(level) >= order.indexOf(this.#logLevel)) this.#post({ kind: 'log', level, text });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
