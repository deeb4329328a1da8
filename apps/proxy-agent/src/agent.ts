import { join } from 'node:path';
import {
  Backoff,
  createClient,
  GrpcServer,
  insecureServer,
  openIdentity,
  prepareSocketPath,
  sleep,
  type MeshIdentity,
} from '@malla/grpc';
import { IstioMetricsPage } from '@malla/envoy-admin';
import { MallaError } from '@malla/model';
import { logFields, type HealthCheck, type ServiceContext } from '@malla/observability';
import { serviceListenerName } from '@malla/ir';
import { AccessLogService } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { SecretDiscoveryService } from '@malla/protos/gen/envoy/service/secret/v3/sds_pb';
import { WorkloadRegistry } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { controlPlaneId, formatWorkloadId } from '@malla/spiffe';
import { AccessLogSink } from './access-log/access-log-sink.ts';
import { createDataPlane } from './data-plane/create-data-plane.ts';
import type { DataPlane } from './data-plane/data-plane.ts';
import { workloadSecrets } from './identity/workload-secrets.ts';
import { AgentMetrics } from './metrics/agent-metrics.ts';
import { MergedMetrics } from './metrics/merged-metrics.ts';
import { DecisionRelay } from './policy/decision-relay.ts';
import { TelemetryLink } from './policy/telemetry-link.ts';
import { probeOf, watchAppHealth } from './registration/app-health.ts';
import { Registration } from './registration/registration.ts';
import { unregistered, type WorkloadRegistration } from './registration/unregistered.ts';
import { runsProxy, type agentSettings } from './settings/agent-settings.ts';
import { nodeDigest, nodeMessage, nodeOf } from './workload/node.ts';
import { metricLabels, workloadOf } from './workload/workload.ts';
import { CacheFile } from './xds/cache-file.ts';
import { aggregatedHandlers, secretHandlers } from './xds/discovery-service.ts';
import { MeshConfiguration } from './xds/mesh-configuration.ts';
import { Refusals } from './xds/refusals.ts';
import { UpstreamLink } from './xds/upstream-link.ts';
import { XdsRelay } from './xds/xds-relay.ts';

export type AgentContext = ServiceContext<typeof agentSettings>;

/**
 * One workload's agent, wired:
 *
 *     certificate-authority <-- MeshIdentity --> workload secrets --+
 *     discovery <-- UpstreamLink --> XdsRelay <---------------------+--> socket (ADS, SDS) <--> data plane
 *     discovery <-- Registration <-- health of data plane and application
 *     policy-telemetry <-- AccessLogSink <------------------------------ socket (ALS)
 *     policy-telemetry <-- DecisionRelay <------------------------------ socket (rate limits, external authorization)
 */
export class Agent {
  readonly #context: AgentContext;
  readonly #identity: MeshIdentity;
  readonly #dataPlane: DataPlane;
  readonly #metrics: AgentMetrics;
  readonly #stopping = new AbortController();
  readonly #socketPath: string;
  readonly #node: ReturnType<typeof nodeOf>;
  readonly #merged: MergedMetrics;
  readonly #began = performance.now();
  #running: RunningParts | undefined;
  #drained: Promise<void> | undefined;
  readonly #refusals: Refusals;
  /** The data plane of a folder that another agent serves is not ours to end. */
  #ownsFolder = false;
  #appHealthy = true;
  /** The data plane was ready once. */
  #reported = false;

  /** @throws MallaError when the settings ask for what is not there, such as an Envoy program */
  constructor(context: AgentContext, version: string) {
    const { settings, logger, health, metrics } = context;
    this.#context = context;
    this.#socketPath = settings.socketPath ?? join(settings.stateDir, 'run', 'agent.sock');
    this.#node = nodeOf(settings, version);
    this.#dataPlane = createDataPlane({ settings, node: this.#node, socketPath: this.#socketPath, logger });
    this.#refusals = new Refusals(settings.inbound.map(({ bind }) => serviceListenerName(bind.address, bind.port)));
    const { namespace, serviceAccount, trustDomain } = settings;
    const spiffeId = formatWorkloadId({ trustDomain, namespace, serviceAccount });
    this.#identity = openIdentity({ settings, spiffeId, logger, health: health.check('identity') });
    this.#metrics = new AgentMetrics(metrics, {
      certificateEnd: () => this.#identity.current?.notAfter,
      discoveryConnected: () => this.#running?.upstream.connected ?? false,
      version,
    });
    this.#merged = new MergedMetrics({
      registry: metrics,
      agent: this.#metrics,
      dataPlane: () => this.#dataPlane.metrics(),
      appUrl: settings.appMetrics,
      istio: new IstioMetricsPage({ local: metricLabels(settings), maxLabelSets: settings.metricsMaxLabelSets }),
      logger,
    });
  }

  /** Returns once the data plane runs; it is ready when it has its configuration. Waits for an identity first. */
  async start(): Promise<void> {
    const { settings, logger } = this.#context;
    await this.#claimFolder();
    await this.#identity.start();
    // Told to stop while it waited.
    if (this.#stopping.signal.aborted) return;
    const cache = new CacheFile({ folder: join(settings.stateDir, 'cache'), proxy: nodeDigest(this.#node), logger });
    const parts = this.#makeParts(cache, new MeshConfiguration(nodeMessage(this.#node), await cache.load()));
    this.#running = parts;
    this.#followIdentity(parts.relay);
    await parts.server.listenUnix({ path: this.#socketPath, credentials: insecureServer });
    parts.upstream.start();
    parts.accessLogs.start();
    this.#followDataPlane(parts.registration);
    this.#followApplication(parts.registration);
    await this.#dataPlane.start();
    parts.registration.start();
  }

  /** Takes the workload out of rotation, then has the data plane finish what it has. */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Drains, then ends everything. */
  async stop(): Promise<void> {
    await this.drain();
    const parts = this.#running;
    await parts?.accessLogs.stop(flushTimeoutMs);
    if (this.#ownsFolder) await this.#dataPlane.stop();
    await parts?.server.close(serverCloseMs);
    await parts?.upstream.stop();
    parts?.relay.stop();
    await parts?.cache.flush();
    parts?.telemetry?.close();
    this.#identity.close();
  }

  /** Metrics of data plane, agent and application on one page. */
  metricsText(): Promise<string> {
    return this.#merged.text();
  }

  /** For the debug page: subscriptions and versions, no contents and no secrets. */
  describe(): Record<string, unknown> {
    const notAfter = this.#identity.current?.notAfter;
    return {
      node: this.#node,
      identity: {
        spiffeId: this.#identity.current?.spiffeId,
        phase: this.#identity.phase,
        expiresAt: notAfter === undefined ? undefined : new Date(notAfter).toISOString(),
        secondsLeft: notAfter === undefined ? undefined : Math.round((notAfter - Date.now()) / 1000),
      },
      registered: this.#running?.registration.registered ?? false,
      xds: this.#running?.relay.describe(),
    };
  }

  /** Before anything in the folder is touched: whoever serves the socket owns identity, cache and data plane. */
  async #claimFolder(): Promise<void> {
    try {
      await prepareSocketPath(socketName, this.#socketPath);
      this.#ownsFolder = true;
    } catch (error) {
      if (MallaError.from(error).code !== 'unavailable') throw error;
      const { workloadName, stateDir } = this.#context.settings;
      const advice = `is another agent running with ${stateDir}? Workload ${workloadName} needs a MALLA_STATE_DIR of its own`;
      throw new MallaError('unavailable', `${MallaError.from(error).message}; ${advice}`, { cause: error });
    }
  }

  async #drain(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.registration.stop();
    if (this.#ownsFolder) await this.#dataPlane.drain();
  }

  #makeParts(cache: CacheFile, configuration: MeshConfiguration): RunningParts {
    const { logger, health } = this.#context;
    const whole = health.check('configuration');
    whole.down('discovery has not sent a configuration yet');
    if (configuration.complete) whole.ok();
    const relay = new XdsRelay({
      configuration,
      asksByNeed: !runsProxy(this.#context.settings),
      logger,
      onAccepted: (accepted) => cache.save(accepted),
      onVerdict: (typeUrl, refusal) => {
        this.#refusals.note(typeUrl, refusal);
        this.#reportRefusals();
      },
      onComplete: () => whole.ok(),
    });
    const upstream = this.#makeUpstream(relay, health.check('discovery'));
    const telemetry = this.#makeTelemetryLink();
    const accessLogs = this.#makeAccessLogs(telemetry);
    const decisions = this.#makeDecisions(telemetry);
    const server = new GrpcServer({ name: socketName, logger });
    const count = (what: 'request' | 'response'): void =>
      (what === 'request' ? this.#metrics.xdsRequests : this.#metrics.xdsResponses).inc();
    const params = { relay, known: configuration, count };
    server
      .add(AggregatedDiscoveryService, aggregatedHandlers(params))
      .add(SecretDiscoveryService, secretHandlers(params))
      .add(AccessLogService, accessLogs.handlers())
      .add(RateLimitService, decisions.rateLimits)
      .add(Authorization, decisions.authorization);
    return { cache, relay, upstream, telemetry, accessLogs, server, registration: this.#makeRegistration(upstream) };
  }

  #makeUpstream(relay: XdsRelay, check: HealthCheck): UpstreamLink {
    const { settings, logger } = this.#context;
    check.degraded('not connected yet');
    return new UpstreamLink({
      addresses: settings.discovery,
      credentials: () => this.#identity.channelCredentials(controlPlaneId('discovery', settings.trustDomain)),
      user: relay,
      logger,
      random: Math.random,
      onState: (problem) => (problem === undefined ? check.ok() : check.degraded(problem)),
      onBroken: (brought) => (brought ? this.#metrics.discoveryTerminations : this.#metrics.discoveryFailures).inc(),
    });
  }

  #makeTelemetryLink(): TelemetryLink | undefined {
    const { telemetry, trustDomain } = this.#context.settings;
    if (telemetry === undefined) return undefined;
    return new TelemetryLink(telemetry, () =>
      this.#identity.channelCredentials(controlPlaneId('policy-telemetry', trustDomain)),
    );
  }

  #makeDecisions(telemetry: TelemetryLink | undefined): DecisionRelay {
    return new DecisionRelay({
      client: () => telemetry?.client,
      now: Date.now,
      count: (method, outcome) => this.#metrics.decisions.inc({ method, outcome }),
    });
  }

  #makeAccessLogs(telemetry: TelemetryLink | undefined): AccessLogSink {
    const { logger } = this.#context;
    return new AccessLogSink({
      channel: telemetry && (() => telemetry.channel),
      node: nodeMessage(this.#node),
      logger,
      count: (outcome, entries) => this.#metrics.accessLogEntries.inc({ outcome }, entries),
    });
  }

  #makeRegistration(upstream: UpstreamLink): WorkloadRegistration {
    const { settings, logger, health } = this.#context;
    if (settings.registration === 'off') return unregistered;
    const check = health.check('registration');
    check.degraded('not registered yet');
    const client = () => createClient(WorkloadRegistry, upstream.channel);
    return new Registration({
      registry: {
        register: async (request) =>
          Number((await client().register(request, { timeoutMs: registryTimeoutMs })).leaseMs),
        deregister: async (request) => void (await client().deregister(request, { timeoutMs: registryTimeoutMs })),
      },
      workload: workloadOf(settings),
      logger,
      random: Math.random,
      sleep,
      backoff: new Backoff({ initialMs: 200, maxMs: 3_000 }),
      onState: (problem) => (problem === undefined ? check.ok() : check.degraded(problem)),
    });
  }

  #followIdentity(relay: XdsRelay): void {
    const { current } = this.#identity;
    if (current !== undefined) relay.setLocalSecrets(workloadSecrets(current));
    this.#identity.onChange((material) => {
      this.#metrics.newCertificates.inc({ request_type: 'csr' });
      relay.setLocalSecrets(workloadSecrets(material));
    });
  }

  #followDataPlane(registration: WorkloadRegistration): void {
    const check = this.#context.health.check('data-plane');
    this.#dataPlane.onEvent((event) => {
      if (event.kind === 'not-ready') check.down(event.reason);
      else {
        check.ok();
        this.#reportStartup();
      }
      this.#decideHealth(registration);
    });
  }

  #followApplication(registration: WorkloadRegistration): void {
    const { settings, health, logger } = this.#context;
    if (settings.appHealth === undefined) return;
    const check = health.check('application');
    this.#appHealthy = false;
    const onChange = (reason: string | undefined): void => {
      if (reason === undefined) check.ok();
      else check.down(reason);
      logger.info({ healthy: reason === undefined, [logFields.reason]: reason }, 'Health of the application changed');
      this.#appHealthy = reason === undefined;
      this.#decideHealth(registration);
    };
    const { appHealthInterval: intervalMs, appHealthFailures: failures } = settings;
    void watchAppHealth(
      { probe: probeOf(settings.appHealth), intervalMs, failures, onChange, sleep },
      this.#stopping.signal,
    );
  }

  #decideHealth(registration: WorkloadRegistration): void {
    const reachable = this.#refusals.unreachable === undefined;
    if (!this.#stopping.signal.aborted) registration.setHealthy(this.#dataPlane.ready && this.#appHealthy && reachable);
  }

  #reportRefusals(): void {
    const check = this.#context.health.check('accepted');
    const { unreachable, summary } = this.#refusals;
    if (unreachable !== undefined) check.down(unreachable);
    else if (summary !== undefined) check.degraded(summary);
    else check.ok();
    if (this.#running !== undefined) this.#decideHealth(this.#running.registration);
  }

  #reportStartup(): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#metrics.startupSeconds.set((performance.now() - this.#began) / 1000);
  }
}

/** What exists once there is an identity. */
interface RunningParts {
  readonly cache: CacheFile;
  readonly relay: XdsRelay;
  readonly upstream: UpstreamLink;
  readonly telemetry: TelemetryLink | undefined;
  readonly accessLogs: AccessLogSink;
  readonly server: GrpcServer;
  readonly registration: WorkloadRegistration;
}

const socketName = 'the socket of the data plane';
const registryTimeoutMs = 2_500;
const flushTimeoutMs = 300;
const serverCloseMs = 300;
