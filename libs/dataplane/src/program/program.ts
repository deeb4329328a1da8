import { randomBytes } from 'node:crypto';
import { fromBinary, toJson, type JsonObject } from '@bufbuild/protobuf';
import type { BootstrapConfig } from '@malla/proxy-config';
import { NodeSchema, type Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { adminPages, type AdminActions } from '../admin/admin-pages.ts';
import { AdminServer } from '../admin/admin-server.ts';
import { mergeHosts, type ClusterView } from '../admin/clusters-page.ts';
import type { ServerStateName } from '../admin/server-info.ts';
import { statsPages } from '../admin/stats-pages.ts';
import { mergeStats, StatsSource, type MergedStat } from '../stats/merged-stats.ts';
import { StatsStore } from '../stats/stats-store.ts';
import { TagRules } from '../stats/tag-rules.ts';
import { connectionsSlot } from '../worker/protocol.ts';
import { TimerWheel } from '../worker/timer-wheel.ts';
import { Configuration } from '../xds/configuration.ts';
import { Discovery } from '../xds/discovery.ts';
import { DiscoveryStats } from '../xds/discovery-stats.ts';
import { AccessLogClient } from './access-log-client.ts';
import { Channels } from './channels.ts';
import type { ProgramOptions } from './command-line.ts';
import { DiscoveryStreams } from './discovery-streams.ts';
import { FileLogs } from './file-logs.ts';
import { HeapWatch } from './heap-watch.ts';
import { probeListener } from './probe-listener.ts';
import type { ProgramLog } from './program-log.ts';
import { ingestReader } from './resource-reader.ts';
import { writeServerStats } from './server-stats.ts';
import { Watchdog } from './watchdog.ts';
import { WorkerPool } from './worker-pool.ts';

/** How long the end waits for access logs: in all, for what busy workers still have, and for services that do not answer. */
const lastWritesMs = 1_000;
const lastEntriesMs = 250;

export interface ProgramParams {
  readonly options: ProgramOptions;
  readonly bootstrap: BootstrapConfig;
  /** The bootstrap's file. */
  readonly bootstrapText: string;
  readonly log: ProgramLog;
  /** Variables of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** The main thread: configuration, admin interface, logs. Traffic is the workers'. */
export class Program {
  readonly #params: ProgramParams;
  readonly #startedAt = Date.now();
  readonly #node: Node;
  readonly #stats: StatsStore;
  readonly #ownStats = new StatsSource();
  readonly #timers = new TimerWheel();
  /** Shared with the workers, see WorkerStart. */
  readonly #shared: SharedArrayBuffer;
  readonly #heartbeats: SharedArrayBuffer;
  readonly #configuration: Configuration;
  readonly #channels: Channels;
  readonly #accessLogs: AccessLogClient;
  readonly #fileLogs: FileLogs;
  readonly #workers: WorkerPool;
  readonly #streams: DiscoveryStreams;
  readonly #admin: AdminServer;
  #live = false;
  #failing = false;
  #ending = false;

  constructor(params: ProgramParams) {
    const { bootstrap, log } = params;
    this.#params = params;
    this.#node = nodeOf(bootstrap);
    this.#shared = new SharedArrayBuffer(4 * connectionsSlot(params.options.concurrency));
    this.#heartbeats = new SharedArrayBuffer(4 * params.options.concurrency);
    this.#stats = new StatsStore(bootstrap.statsPrefixes);
    const { root } = this.#stats;
    this.#configuration = new Configuration({
      reader: ingestReader(params.environment),
      clusters: bootstrap.clusters,
      listeners: bootstrap.listeners,
      now: () => Date.now(),
    });
    this.#channels = new Channels(bootstrap.clusters, this.#timers);
    const clients = { node: this.#node, timers: this.#timers, random: Math.random };
    this.#accessLogs = new AccessLogClient({
      ...clients,
      channel: (cluster) => this.#channels.get(cluster),
      stats: root,
    });
    this.#fileLogs = new FileLogs(root, (path, error) =>
      log.write('error', 'file', `unable to write ${path}: ${error.message}`),
    );
    this.#workers = this.#createWorkers();
    this.#streams = new DiscoveryStreams({ ...clients, bootstrap, channels: this.#channels });
    this.#admin = this.#createAdmin();
  }

  /** Resolves when it serves as far as the bootstrap goes; discovery goes on. @throws Error when it cannot start */
  async start(): Promise<void> {
    const { bootstrap, log } = this.#params;
    // The admin interface first: whoever started the program asks it from the beginning.
    if (bootstrap.admin !== undefined) await this.#admin.listen(bootstrap.admin);
    await this.#workers.start();
    if (bootstrap.maxHeapBytes !== undefined)
      new HeapWatch({
        maxBytes: bootstrap.maxHeapBytes,
        shortAt: bootstrap.refuseRequestsAt ?? Infinity,
        flag: new Int32Array(this.#shared),
        stats: this.#stats.root,
      }).start();
    this.#watchdog().start();
    const discovery = this.#createDiscovery();
    const ads = this.#streams.ads(discovery);
    const failures = await discovery.begin(ads, bootstrap.ads?.fetchTimeoutMs);
    if (failures.length > 0) throw new Error(failures.join('; '));
    ads?.start();
    log.write('info', 'main', 'starting main dispatch loop');
  }

  /** Ends at once, as Envoy does; only what is in hand for logs is still written. */
  end(code: number): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#admin.close();
    const done = (): void => this.#params.exit(code);
    // Neither a disk that hangs nor a worker that does may keep the program.
    this.#timers.set(lastWritesMs, done);
    void this.#finishLogs().then(done, done);
  }

  async #finishLogs(): Promise<void> {
    await this.#workers.flushLogs(lastEntriesMs);
    const services = this.#accessLogs.finish();
    await Promise.all([this.#fileLogs.close(), Promise.race([services, this.#after(lastEntriesMs)])]);
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#timers.set(ms, resolve));
  }

  reopenLogs(): void {
    this.#fileLogs.reopen();
  }

  get #state(): ServerStateName {
    if (this.#failing) return 'DRAINING';
    return this.#live ? 'LIVE' : 'INITIALIZING';
  }

  #createWorkers(): WorkerPool {
    const { options, bootstrap, log } = this.#params;
    return new WorkerPool({
      start: {
        concurrency: options.concurrency,
        logLevel: log.level,
        statsPrefixes: bootstrap.statsPrefixes,
        shared: this.#shared,
        heartbeats: this.#heartbeats,
        maxConnections: bootstrap.maxConnections ?? 0,
        nodeCluster: bootstrap.nodeCluster,
        nodeId: this.#node.id,
        nodeZone: this.#node.locality?.zone ?? '',
        drainMs: options.drainMs,
        ticketSeed: randomBytes(32),
      },
      fullUpdate: () => this.#configuration.fullUpdate(),
      handler: {
        onLog: (level, text) => log.write(level, 'worker', text),
        onLines: (path, text) => this.#fileLogs.write(path, text),
        onEntries: (batch) => this.#accessLogs.take(batch),
        onHopeless: () => {
          log.write('critical', 'main', 'workers end again and again: giving up');
          this.end(1);
        },
      },
    });
  }

  #watchdog(): Watchdog {
    const { options, bootstrap, log } = this.#params;
    return new Watchdog({
      limits: bootstrap.watchdogs,
      heartbeats: new Int32Array(this.#heartbeats),
      workers: options.concurrency,
      stats: this.#stats.root,
      now: () => performance.now(),
      ping: (index, beat) => this.#workers.ping(index, beat),
      onSilent: (index, ms) => log.write('warning', 'guarddog', `worker ${index} has not answered for ${ms} ms`),
      kill: (index, ms) => this.#workers.kill(index, `it has not answered for ${ms} ms`),
    });
  }

  #createDiscovery(): Discovery {
    const { log } = this.#params;
    return new Discovery({
      configuration: this.#configuration,
      stats: new DiscoveryStats(this.#stats.root),
      timers: this.#timers,
      surroundings: {
        apply: (update) => this.#workers.apply(update),
        probe: probeListener,
        secretsFrom: (cluster) => this.#streams.secrets(cluster),
        log: (level, logger, text) => log.write(level, logger, text),
        onLive: () => {
          this.#live = true;
          log.write('info', 'main', 'all dependencies initialized. starting workers');
        },
      },
    });
  }

  #createAdmin(): AdminServer {
    const { options, bootstrap, bootstrapText } = this.#params;
    const view = {
      options,
      configuration: this.#configuration,
      bootstrapText,
      startedAt: this.#startedAt,
      node: () => toJson(NodeSchema, this.#node, { useProtoFieldName: true }) as JsonObject,
      state: () => this.#state,
      clusters: () => this.#clusterViews(),
    };
    const pages = [
      ...adminPages(view, this.#actions()),
      ...statsPages({
        stats: () => this.#allStats(),
        tagRules: new TagRules(bootstrap),
        resetCounters: () => {
          this.#stats.resetCounters();
          this.#workers.resetCounters();
        },
      }),
    ];
    return new AdminServer(pages, this.#stats.root);
  }

  #actions(): AdminActions {
    return {
      failHealthChecks: (fail) => {
        this.#failing = fail;
      },
      drain: ({ graceful, skipExit, inboundOnly }) => this.#drain({ graceful, skipExit, inboundOnly }),
      quit: () => this.end(0),
      reopenLogs: () => this.reopenLogs(),
      logLevel: (level) => {
        const { log } = this.#params;
        if (level !== undefined) {
          log.level = level;
          this.#workers.broadcast({ kind: 'log-level', level });
        }
        return log.level;
      },
    };
  }

  /** Source: Envoy, "POST /drain_listeners": graceful waits for the drain time before listeners close; skip_exit never closes them. */
  #drain(params: { readonly graceful: boolean; readonly skipExit: boolean; readonly inboundOnly: boolean }): void {
    const { graceful, skipExit, inboundOnly } = params;
    this.#workers.broadcast({ kind: 'drain', inboundOnly, stop: !graceful && !skipExit });
    if (graceful && !skipExit)
      this.#timers.set(this.#params.options.drainMs, () =>
        this.#workers.broadcast({ kind: 'drain', inboundOnly, stop: true }),
      );
  }

  async #allStats(): Promise<readonly MergedStat[]> {
    const sources = await this.#workers.stats();
    writeServerStats(this.#stats.root, {
      state: this.#state,
      concurrency: this.#params.options.concurrency,
      uptimeMs: Date.now() - this.#startedAt,
      connections: Atomics.load(new Int32Array(this.#shared), 0),
      configuration: this.#configuration,
    });
    this.#ownStats.take(this.#stats.snapshot());
    return mergeStats([this.#ownStats, ...sources]);
  }

  async #clusterViews(): Promise<readonly ClusterView[]> {
    const hosts = mergeHosts(await this.#workers.hosts());
    return [...this.#configuration.activeClusters.values()].map(({ name, config, resource }) => ({
      config,
      addedViaApi: resource !== undefined,
      hosts: hosts.get(name) ?? [],
    }));
  }
}

/** The bootstrap's node, with what this program is. */
function nodeOf({ node }: BootstrapConfig): Node {
  const message = fromBinary(NodeSchema, node);
  message.userAgentName = 'envoy';
  message.userAgentVersionType = {
    case: 'userAgentBuildVersion',
    value: {
      $typeName: 'envoy.config.core.v3.BuildVersion',
      version: { $typeName: 'envoy.type.v3.SemanticVersion', majorNumber: 1, minorNumber: 40, patch: 0 },
      metadata: { 'build.type': 'Malla' },
    },
  };
  return message;
}
