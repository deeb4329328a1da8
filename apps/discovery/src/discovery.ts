import { randomUUID } from 'node:crypto';
import { ConfigFeed } from '@malla/config-feed';
import {
  Backoff,
  createClient,
  GrpcServer,
  healthHandlers,
  HealthService,
  insecureServer,
  openChannel,
  sleep,
  type Channel,
  type MeshIdentity,
} from '@malla/grpc';
import { kubeAccess, KubeClient } from '@malla/kube';
import { KubeRegistry } from '@malla/kube-registry';
import { logFields, type ServiceContext } from '@malla/observability';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { ConfigService } from '@malla/protos/gen/malla/config/v1/config_pb';
import { WorkloadRegistry } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { DeliveryMap, openRedis, redisKeys, WorkloadLeases } from '@malla/redis';
import { controlPlaneId } from '@malla/spiffe';
import { emptySnapshot } from '@malla/snapshot';
import { DeliveryReporter } from './delivery/delivery-reporter.ts';
import { DiscoveryMetrics } from './discovery-metrics.ts';
import { KubernetesSource } from './kubernetes/kubernetes-source.ts';
import { RegistryMetrics } from './kubernetes/registry-metrics.ts';
import { MeshState } from './mesh/mesh-state.ts';
import { registryHandlers } from './registry/registry-service.ts';
import { WorkloadDirectory } from './registry/workload-directory.ts';
import { workloadId } from './registry/workload-record.ts';
import type { discoverySettings } from './settings.ts';
import { adsHandlers, type AdsServiceParams } from './xds/ads-service.ts';
import { ProxyRegistry } from './xds/proxy-registry.ts';
import { Translation } from './xds/translation.ts';

export type DiscoveryContext = ServiceContext<typeof discoverySettings>;

/** A proxy's state is written at most once a second, and refreshed well before readers take it for stale. */
const deliveryIntervalMs = 1000;
const deliveryRefreshIntervals = 20;

/**
 * The read path, put together. Data flows one way:
 *
 *     config-api --watch--> ConfigFeed ----------+
 *     Kubernetes --watch--> KubernetesSource ----+
 *                                                +--> MeshState --> ProxyRegistry --> ADS streams
 *     agents --register--> WorkloadDirectory ----+                       |
 *                              ^                                         v
 *                              +-- Redis (leases)      Redis (delivery map) <-- DeliveryReporter
 */
export class Discovery {
  readonly #context: DiscoveryContext;
  readonly #identity: MeshIdentity;
  readonly #metrics: DiscoveryMetrics;
  readonly #mesh: MeshState;
  readonly #feed: ConfigFeed;
  readonly #directory: WorkloadDirectory;
  /** Undefined without a Kubernetes cluster. */
  readonly #kubernetes: KubernetesSource | undefined;
  readonly #proxies: ProxyRegistry;
  readonly #reporter: DeliveryReporter;
  readonly #servers: GrpcServer[] = [];
  readonly #connections: (() => unknown)[] = [];
  #notReady: string | undefined = 'the configuration is not loaded yet';

  constructor(context: DiscoveryContext, identity: MeshIdentity, version: string) {
    this.#context = context;
    this.#identity = identity;
    const { settings, logger, metrics } = context;
    const { trustDomain, rootNamespace, debounceAfter: debounceMs, debounceMax: debounceMaxMs } = settings;
    this.#metrics = new DiscoveryMetrics(metrics, version);
    this.#mesh = new MeshState({
      snapshot: emptySnapshot({ trustDomain, rootNamespace }),
      logger,
      debounceMs,
      debounceMaxMs,
      observer: this.#metrics,
    });
    this.#feed = this.#configFeed();
    this.#directory = this.#workloadDirectory();
    this.#kubernetes = this.#kubernetesSource();
    this.#reporter = this.#deliveryReporter();
    const translation = new Translation({
      logger,
      metrics: this.#metrics,
      health: context.health.check('translation'),
    });
    this.#proxies = new ProxyRegistry({
      mesh: this.#mesh,
      reporter: this.#reporter,
      metrics: this.#metrics,
      logger,
      discovery: settings.replica,
      now: Date.now,
      resources: (proxy, version) => translation.resources(proxy, version),
    });
    this.#metrics.watch(
      metrics,
      () => this.#mesh.current.snapshot,
      () => this.#proxies.behind,
    );
  }

  /** Loads configuration and workloads, then listens. */
  async start(): Promise<void> {
    this.#feed.start();
    this.#kubernetes?.start();
    await this.#directory.start();
    this.#reporter.start();
    await this.#listen();
  }

  /** Ends streams, so that proxies turn to another replica, and says goodbye to Redis. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    this.#proxies.stop();
    this.#mesh.stop();
    await Promise.all([this.#feed.stop(), this.#kubernetes?.stop(), this.#directory.stop(), this.#reporter.stop()]);
    for (const close of this.#connections) close();
  }

  #configFeed(): ConfigFeed {
    const { settings, logger, health } = this.#context;
    const credentials = this.#identity.channelCredentials(controlPlaneId('config-api', settings.trustDomain));
    const channel: Channel = openChannel({ target: settings.configAddress, credentials });
    this.#connections.push(() => channel.close());
    const check = health.check('configuration');
    check.down('the configuration is not loaded yet');
    return new ConfigFeed({
      client: createClient(ConfigService, channel),
      logger,
      sleep,
      backoff: new Backoff({ initialMs: 100, maxMs: 5000 }),
      onChanges: (changes) => this.#mesh.applyConfig(changes),
      onState: (state, problem) => {
        if (state === 'live') {
          this.#notReady = undefined;
          check.ok();
        } else if (this.#notReady === undefined) check.degraded(`serving the last known configuration: ${problem}`);
        else check.down(`cannot load the configuration: ${problem}`);
      },
    });
  }

  #kubernetesSource(): KubernetesSource | undefined {
    const { settings, logger, health, metrics } = this.#context;
    const access = kubeAccess(settings);
    if (access === undefined) return undefined;
    const { domainSuffix } = this.#mesh.current.snapshot.mesh;
    const registry = new KubeRegistry({ domainSuffix, cluster: settings.clusterId });
    return new KubernetesSource({
      client: new KubeClient(access),
      registry,
      onChange: (changes) => this.#mesh.applyKubernetes(changes),
      health: health.check('kubernetes'),
      metrics: new RegistryMetrics(metrics, () => registry.figures),
      logger,
    });
  }

  #workloadDirectory(): WorkloadDirectory {
    const { settings, logger, health } = this.#context;
    const keys = redisKeys(settings.meshId);
    const check = health.check('redis');
    // Reading blocks, so writes have a connection of their own.
    const onAvailability = (problem: string | undefined): void => {
      if (problem !== undefined) logger.warn({ [logFields.reason]: problem }, 'Redis is out of reach');
    };
    const writer = openRedis({ url: settings.redisUrl.reveal(), name: 'discovery', onAvailability });
    const reader = openRedis({ url: settings.redisUrl.reveal(), name: 'discovery-reader', blocking: true });
    this.#connections.push(() => [writer.disconnect(), reader.disconnect()]);
    const writes = new WorkloadLeases(writer, keys);
    const reads = new WorkloadLeases(reader, keys);
    return new WorkloadDirectory({
      leases: {
        register: (id, json, leaseMs) => writes.register(id, json, leaseMs),
        remove: (id) => writes.remove(id),
        expire: (limit) => writes.expire(limit),
        list: () => reads.list(),
        changes: (after, blockMs) => reads.changes(after, blockMs),
      },
      logger,
      now: Date.now,
      sleep,
      leaseMs: settings.leaseDuration,
      onChange: (changes) => this.#mesh.applyWorkloads(changes),
      onStore: (problem) => (problem === undefined ? check.ok() : check.degraded(`no lease expires: ${problem}`)),
    });
  }

  #deliveryReporter(): DeliveryReporter {
    const { settings, logger } = this.#context;
    const redis = openRedis({ url: settings.redisUrl.reveal(), name: 'discovery-delivery' });
    this.#connections.push(() => redis.disconnect());
    return new DeliveryReporter({
      writer: new DeliveryMap(redis, redisKeys(settings.meshId)),
      logger,
      intervalMs: deliveryIntervalMs,
      refreshIntervals: deliveryRefreshIntervals,
    });
  }

  async #listen(): Promise<void> {
    const { settings, logger, metrics, health } = this.#context;
    const { trustDomain, leaseDuration: leaseMs } = settings;
    const settled = (): Promise<void> => this.#proxies.settled();
    const server = new GrpcServer({ name: 'the gRPC server of discovery', logger, metrics })
      .add(HealthService, healthHandlers(health))
      .add(AggregatedDiscoveryService, adsHandlers(this.#adsParams(true)))
      .add(
        WorkloadRegistry,
        registryHandlers({
          directory: this.#directory,
          isPod: (id) => this.#mesh.current.snapshot.pods.has(id),
          trustDomain,
          leaseMs,
          logger,
          settled,
        }),
      );
    this.#servers.push(server);
    const credentials = this.#identity.serverCredentials('required');
    await server.listen({ host: settings.grpcHost, port: settings.grpcPort, credentials, setting: 'MALLA_GRPC_PORT' });
    if (settings.plaintextPort !== 0) await this.#listenPlaintext(settings.plaintextPort);
  }

  async #listenPlaintext(port: number): Promise<void> {
    const { logger } = this.#context;
    const server = new GrpcServer({ name: 'the plain-text server of discovery', logger }).add(
      AggregatedDiscoveryService,
      adsHandlers(this.#adsParams(false)),
    );
    this.#servers.push(server);
    logger.warn({ port }, 'Serving configuration without TLS on loopback');
    await server.listen({ host: '127.0.0.1', port, credentials: insecureServer, setting: 'MALLA_PLAINTEXT_PORT' });
  }

  #adsParams(checkIdentity: boolean): AdsServiceParams {
    const { settings, logger } = this.#context;
    return {
      proxies: this.#proxies,
      trustDomain: settings.trustDomain,
      ownerOf: (namespace, workload) => this.#ownerOf(workloadId(namespace, workload)),
      checkIdentity,
      logger,
      notReady: () => this.#notReady ?? this.#kubernetes?.notReady,
      sessionOptions: () => ({
        nonce: randomUUID,
        now: Date.now,
        onStaleNonce: (typeUrl) => this.#metrics.staleNonce(typeUrl),
      }),
    };
  }

  /** Service account of the Pod or registered workload that has a name. */
  #ownerOf(id: string): string | undefined {
    const pod = this.#mesh.current.snapshot.pods.get(id);
    return pod?.serviceAccount ?? this.#directory.get(id)?.workload.serviceAccount;
  }
}
