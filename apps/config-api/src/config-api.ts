import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { GrpcServer, HealthService, healthHandlers, openIdentity, type MeshIdentity } from '@malla/grpc';
import { logFields, type ServiceDefinition } from '@malla/observability';
import { ConfigService } from '@malla/protos/gen/malla/config/v1/config_pb';
import { InspectionService } from '@malla/protos/gen/malla/config/v1/inspection_pb';
import { formatHostPort } from '@malla/settings';
import { controlPlaneId } from '@malla/spiffe';
import { Authenticator } from './access/authenticator.ts';
import { prepareAdminAccess } from './access/first-start.ts';
import { OidcTokens } from './access/oidc.ts';
import { ClusterSource } from './cluster/cluster-source.ts';
import { DeliveryEvents } from './controllers/delivery-events.ts';
import { AuthorityJoinTokens } from './extras/authority-join-tokens.ts';
import { MallaApi } from './extras/malla-api.ts';
import { KnownWorkloads } from './effective/known-workloads.ts';
import { PostedAnalyses } from './effective/posted-analysis.ts';
import { WorkloadApi } from './effective/workload-api.ts';
import { WorkloadDescriptions } from './effective/workload-descriptions.ts';
import { auditedHandlers } from './grpc/audited-handlers.ts';
import { configServiceHandlers } from './grpc/config-service.ts';
import { grpcCaller } from './grpc/grpc-caller.ts';
import { inspectionServiceHandlers } from './grpc/inspection-service.ts';
import { openCore, type Context, type CoreParts } from './open-parts.ts';
import { openRedisParts, type RedisParts } from './redis-parts.ts';
import { auditTrail } from './rest/audit-request.ts';
import { OpenApiDocuments } from './rest/openapi-documents.ts';
import { ReviewApi } from './reviews/review-api.ts';
import { ResourceApi } from './rest/resource-api.ts';
import { RestHandler } from './rest/rest-handler.ts';
import { RestMetrics } from './rest/rest-metrics.ts';
import { RestServer } from './rest/rest-server.ts';
import { configApiSettings } from './settings.ts';

const version = '0.1.0';

/** Objects have at most 1 MiB; callers need no certificate here. */
const maxRequestBytes = 3 * 1_024 * 1_024;

@Module({})
class ConfigApiModule {}

/** Where config-api listens once it has started; ports that were asked for as 0 are known here. */
export interface ConfigApiAddresses {
  readonly restPort: number;
  readonly grpcPort: number;
}

/** What both faces of the API are made from. */
interface ServingParts {
  readonly identity: MeshIdentity;
  readonly core: CoreParts;
  readonly redis: RedisParts;
  readonly authenticator: Authenticator;
  readonly inspection: Inspection;
}

/** Questions about the configuration as a whole. */
interface Inspection {
  readonly descriptions: WorkloadDescriptions;
  readonly analyses: PostedAnalyses;
}

function inspectionOf(
  { reads, mirror, mesh, analysis, cluster }: CoreParts,
  { registrations }: RedisParts,
): Inspection {
  const workloads = new KnownWorkloads({ mirror, registrations, pods: () => cluster?.view.pods() ?? [] });
  return {
    descriptions: new WorkloadDescriptions({ reads, mesh, workloads }),
    analyses: new PostedAnalyses(reads, analysis),
  };
}

/** The service config-api: one object that opens its parts in order and closes them in the opposite one. */
export class ConfigApi {
  readonly definition: ServiceDefinition<typeof configApiSettings> = {
    name: 'config-api',
    description: 'The configuration of the mesh: Kubernetes-style REST and gRPC over a versioned store.',
    version,
    settings: configApiSettings,
    httpPort: '16480',
    module: () => ConfigApiModule,
    start: (_app, context) => this.#start(context),
    stop: () => this.#stop(),
  };
  readonly #closing = new AbortController();
  readonly #closers: (() => Promise<void> | void)[] = [];
  #addresses: ConfigApiAddresses | undefined;

  /** Undefined until it has started. */
  get addresses(): ConfigApiAddresses | undefined {
    return this.#addresses;
  }

  async #start(context: Context): Promise<void> {
    const { settings, logger, health } = context;
    const spiffeId = controlPlaneId('config-api', settings.trustDomain);
    const identity = openIdentity({
      settings,
      spiffeId,
      logger,
      health: health.check('identity'),
      hosts: settings.restHosts,
    });
    this.#closers.push(() => identity.close());
    const redis = openRedisParts(context);
    this.#closers.push(() => redis.close());
    const opening = openCore({ context, wakeUps: redis.wakeUps, signal: this.#closing.signal });
    // Also when the identity is refused meanwhile: the store must not stay open behind a failed start.
    this.#closers.push(async () => (await opening.catch(() => undefined))?.close());
    const [core] = await Promise.all([opening, identity.start()]);
    const authenticator = this.#openAuthenticator(context, core);
    const events = new DeliveryEvents({ ...core, deliveries: redis.deliveries });
    if (settings.redisUrl !== undefined) events.start();
    this.#closers.push(() => events.stop());
    await this.#mirrorCluster(context, core, redis);
    const parts: ServingParts = { identity, core, redis, authenticator, inspection: inspectionOf(core, redis) };
    const grpcPort = await this.#startGrpc(context, parts);
    const restPort = await this.#startRest(context, parts);
    this.#addresses = { restPort, grpcPort };
  }

  /** Returns once there is a whole configuration to serve: proxies must not lose half of theirs because a database was lost. */
  async #mirrorCluster(context: Context, core: CoreParts, { deliveries }: RedisParts): Promise<void> {
    if (core.cluster === undefined) return;
    const source = new ClusterSource({ context, core, client: core.cluster.client, deliveries });
    source.start();
    this.#closers.push(() => source.stop());
    await source.whenWhole(this.#closing.signal);
  }

  #openAuthenticator({ settings }: Context, { opened, authorizer, mirror: objects }: CoreParts): Authenticator {
    const { oidcIssuer, oidcAudience, oidcUsernameClaim, oidcGroupsClaim, oidcPrefix, oidcCaFile } = settings;
    if (oidcIssuer === undefined) return new Authenticator({ tokens: opened.tokens, authorizer, objects });
    const oidc = new OidcTokens({
      issuer: oidcIssuer,
      audience: oidcAudience,
      usernameClaim: oidcUsernameClaim,
      groupsClaim: oidcGroupsClaim,
      prefix: oidcPrefix,
      caFile: oidcCaFile,
    });
    this.#closers.push(() => oidc.close());
    return new Authenticator({ tokens: opened.tokens, authorizer, objects, oidc });
  }

  async #stop(): Promise<void> {
    this.#closing.abort();
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  async #startGrpc({ settings, logger, metrics, health }: Context, parts: ServingParts): Promise<number> {
    const { identity, core, authenticator, inspection } = parts;
    const { trustDomain, grpcHost, grpcPort } = settings;
    const callerOf = grpcCaller({ trustDomain, authenticator, authorizer: core.authorizer });
    const server = new GrpcServer({ name: 'the gRPC server of config-api', logger, metrics, maxRequestBytes })
      .add(
        ConfigService,
        auditedHandlers({
          handlers: configServiceHandlers({ ...core, callerOf, newId: randomUUID }),
          callerOf,
          audit: auditTrail(core.opened.audit, logger),
        }),
      )
      .add(InspectionService, inspectionServiceHandlers({ ...inspection, callerOf }))
      .add(HealthService, healthHandlers(health));
    this.#closers.push(() => server.close());
    // Command lines have a token and no certificate.
    return server.listen({
      host: grpcHost,
      port: grpcPort,
      setting: 'MALLA_GRPC_PORT',
      credentials: identity.serverCredentials('optional'),
    });
  }

  async #startRest(context: Context, parts: ServingParts): Promise<number> {
    const { settings, logger, metrics } = context;
    const { core, identity, redis, authenticator, inspection } = parts;
    const { tokens, audit } = core.opened;
    const joinTokens = new AuthorityJoinTokens({
      address: settings.caAddress,
      identity,
      trustDomain: settings.trustDomain,
    });
    this.#closers.push(() => joinTokens.close());
    const handler = new RestHandler({
      authenticator,
      audit: auditTrail(audit, logger),
      logger,
      metrics: new RestMetrics(metrics, { revision: () => core.mirror.revision }),
      newId: randomUUID,
      closing: this.#closing.signal,
    });
    const malla = new MallaApi({
      history: core.history,
      tokens,
      audit,
      joinTokens,
      deliveries: redis.deliveries,
      workloads: new WorkloadApi(inspection.descriptions),
      analyses: inspection.analyses,
      now: Date.now,
    });
    const server = await RestServer.start({
      parts: {
        handler,
        malla,
        reviews: new ReviewApi({ authorizer: core.authorizer, authenticator }),
        resources: new ResourceApi({ ...core, tokens, deliveries: redis.deliveries, now: Date.now }),
        openApi: new OpenApiDocuments(version),
        version,
      },
      tls: identity,
      host: settings.restHost,
      port: settings.restPort,
      logger,
    });
    this.#closers.push(() => server.close());
    await this.#prepareAccess(context, parts, server.port);
    return server.port;
  }

  async #prepareAccess(
    { settings, logger }: Context,
    { identity, core }: { identity: MeshIdentity; core: CoreParts },
    port: number,
  ): Promise<void> {
    const host = ['0.0.0.0', '::'].includes(settings.restHost) ? '127.0.0.1' : settings.restHost;
    const serverUrl = `https://${formatHostPort({ host, port })}`;
    const roots = identity.current?.roots ?? '';
    const files = await prepareAdminAccess({
      tokens: core.opened.tokens,
      stateDir: settings.stateDir,
      serverUrl,
      roots,
    });
    logger.info({ [logFields.address]: serverUrl, kubeconfig: files.kubeconfigFile }, 'REST API listening');
  }
}
