import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcServer, healthHandlers, HealthService, serverCredentials } from '@malla/grpc';
import type { ServiceContext } from '@malla/observability';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { JoinTokenService, TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { Authority } from './authority.ts';
import { AuthorityMetrics } from './authority-metrics.ts';
import { BootstrapTokens } from './bootstrap-tokens.ts';
import { Callers } from './callers.ts';
import { certificateHandlers } from './certificate-service.ts';
import { joinTokenHandlers } from './join-token-service.ts';
import { Handover } from './handover.ts';
import { JoinTokens } from './join-tokens.ts';
import { KeyStore } from './key-store.ts';
import { openKubernetes, type KubernetesParts } from './kubernetes/open-kubernetes.ts';
import { OwnIdentity } from './own-identity.ts';
import { RateLimit } from './rate-limit.ts';
import type { authoritySettings } from './settings.ts';
import { trustBundleHandlers } from './trust-bundle-service.ts';
import { Upkeep } from './upkeep.ts';

/** Requests for certificates have a few KiB, and whoever has no certificate yet may send them. */
const maxRequestBytes = 64 * 1024;

export type AuthorityContext = ServiceContext<typeof authoritySettings>;

interface RuntimeParts {
  readonly server: GrpcServer;
  readonly upkeep: Upkeep;
  readonly ownIdentity: OwnIdentity;
  /** Undefined without a cluster. */
  readonly kubernetes: KubernetesParts | undefined;
}

/** What of the authority runs: provided by its module, started and stopped by the service. */
export class AuthorityRuntime {
  readonly #server: GrpcServer;
  readonly #upkeep: Upkeep;
  readonly #ownIdentity: OwnIdentity;
  readonly #kubernetes: KubernetesParts | undefined;

  constructor({ server, upkeep, ownIdentity, kubernetes }: RuntimeParts) {
    this.#server = server;
    this.#upkeep = upkeep;
    this.#ownIdentity = ownIdentity;
    this.#kubernetes = kubernetes;
  }

  /** @returns the port of the gRPC services */
  async start({ settings }: AuthorityContext): Promise<number> {
    await this.#upkeep.start();
    this.#kubernetes?.publisher.start();
    const credentials = serverCredentials(this.#ownIdentity.source, 'optional');
    return this.#server.listen({
      host: settings.grpcHost,
      port: settings.grpcPort,
      credentials,
      setting: 'MALLA_GRPC_PORT',
    });
  }

  async stop(): Promise<void> {
    await this.#server.close();
    await this.#kubernetes?.close();
    await this.#upkeep.stop();
  }
}

/** Builds the authority's parts and hands out its runtime. */
@Module({})
export class AuthorityModule {
  /** Opens the key store first, so that a store that cannot be used ends the start with one clear line. */
  static async forRoot(context: AuthorityContext): Promise<DynamicModule> {
    const runtime = await createRuntime(context);
    return {
      module: AuthorityModule,
      providers: [{ provide: AuthorityRuntime, useValue: runtime }],
      exports: [AuthorityRuntime],
    };
  }
}

async function createRuntime(context: AuthorityContext): Promise<AuthorityRuntime> {
  const { settings, logger, metrics: registry, health } = context;
  const { trustDomain } = settings;
  const now = Date.now;
  const audit = logger.child({ audit: true });
  const handover = settings.handoverDir === undefined ? undefined : new Handover(settings.handoverDir);
  const store = new KeyStore(settings.keyDir, handover);
  const ttl = { root: settings.rootTtl, issuer: settings.issuerTtl };
  const authority = await Authority.open({ store, trustDomain, logger, ttl, now });
  const metrics = new AuthorityMetrics(registry);
  metrics.watch(registry, authority, now);
  const tokens = new JoinTokens({ key: authority.tokenKey, trustDomain, now });
  const kubernetes = openKubernetes({ context, authority, now });
  const callers = new Callers({ tokens, serviceAccounts: kubernetes?.tokens, trustDomain, now });
  const rateLimit = new RateLimit(settings.csrPerMinute, now);
  const tokenTtl = { default: settings.joinTokenTtl, longest: settings.joinTokenMaxTtl };
  const name = 'the gRPC server of certificate-authority';
  const server = new GrpcServer({ name, logger, metrics: registry, maxRequestBytes })
    .add(
      IstioCertificateService,
      certificateHandlers({ authority, callers, rateLimit, metrics, audit, ttlMs: settings.workloadTtl }),
    )
    .add(JoinTokenService, joinTokenHandlers({ tokens, callers, trustDomain, audit, ttl: tokenTtl }))
    .add(TrustBundleService, trustBundleHandlers(authority))
    .add(HealthService, healthHandlers(health));
  const ownIdentity = new OwnIdentity(authority, settings.workloadTtl, now);
  const bootstrapTokens = new BootstrapTokens({ tokens, store, trustDomain, ttlMs: settings.joinTokenMaxTtl, now });
  const upkeep = new Upkeep({
    authority,
    ownIdentity,
    bootstrapTokens,
    health: health.check('upkeep'),
    logger,
    everyMs: 1_000,
  });
  return new AuthorityRuntime({ server, upkeep, ownIdentity, kubernetes });
}
