import { ConfigFeed } from '@malla/config-feed';
import { Backoff, createClient, openChannel, sleep, type GrpcServer, type MeshIdentity } from '@malla/grpc';
import { logFields, type ServiceContext } from '@malla/observability';
import { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { ConfigService } from '@malla/protos/gen/malla/config/v1/config_pb';
import { openRedis, Quotas, redisKeys } from '@malla/redis';
import { controlPlaneId } from '@malla/spiffe';
import { authorizationHandlers } from '../api-keys/authorization-service.ts';
import { RateLimitMetrics } from '../rate-limit/rate-limit-metrics.ts';
import { rateLimitHandlers } from '../rate-limit/rate-limit-service.ts';
import { RateLimiter } from '../rate-limit/rate-limiter.ts';
import type { policyTelemetrySettings } from '../settings.ts';
import { PolicyState, policyKinds } from './policy-state.ts';

/**
 * What proxies ask for each request, put together:
 *
 *     config-api --watch--> PolicyState --limits------> RateLimiter <--quotas--> Redis
 *                                |                          ^
 *                                +-----hashes of keys--+    +-- RateLimitService <--+
 *                                                      |                            +-- agents
 *                                                      +------- Authorization <-----+
 */
export class Policies {
  readonly #context: ServiceContext<typeof policyTelemetrySettings>;
  readonly #state: PolicyState;
  readonly #feed: ConfigFeed;
  readonly #limiter: RateLimiter;
  readonly #closers: (() => unknown)[] = [];

  constructor(context: ServiceContext<typeof policyTelemetrySettings>, identity: MeshIdentity) {
    this.#context = context;
    this.#state = new PolicyState(context.health.check('policies'));
    this.#feed = this.#configFeed(identity);
    this.#limiter = this.#rateLimiter();
  }

  start(): void {
    this.#feed.start();
  }

  async stop(): Promise<void> {
    await this.#feed.stop();
    for (const close of this.#closers) close();
  }

  /** Adds the services that proxies call. */
  addTo(server: GrpcServer): void {
    const { settings, metrics } = this.#context;
    const { trustDomain, rootNamespace } = settings;
    server.add(RateLimitService, rateLimitHandlers({ limiter: this.#limiter, trustDomain, rootNamespace }));
    const apiKeys = () => this.#state.apiKeys;
    server.add(Authorization, authorizationHandlers({ apiKeys, metrics, trustDomain, rootNamespace }));
  }

  #configFeed(identity: MeshIdentity): ConfigFeed {
    const { settings, logger } = this.#context;
    const credentials = identity.channelCredentials(controlPlaneId('config-api', settings.trustDomain));
    const channel = openChannel({ target: settings.configAddress, credentials });
    this.#closers.push(() => channel.close());
    return new ConfigFeed({
      client: createClient(ConfigService, channel),
      kinds: policyKinds,
      logger,
      sleep,
      backoff: new Backoff({ initialMs: 100, maxMs: 5_000 }),
      onChanges: (changes) => this.#state.apply(changes),
      onState: (state, problem) => this.#state.feedIs(state, problem),
    });
  }

  #rateLimiter(): RateLimiter {
    const { settings, logger, metrics, health } = this.#context;
    const check = health.check('redis');
    const away = 'limits are not counted, the failure modes of RateLimits decide';
    check.degraded(`${away}: not connected yet`);
    const redis = openRedis({
      url: settings.redisUrl.reveal(),
      name: 'policy-telemetry',
      pipelining: true,
      onAvailability(problem) {
        if (problem === undefined) return check.ok();
        check.degraded(`${away}: ${problem}`);
        logger.warn({ [logFields.reason]: problem }, 'Redis is out of reach');
      },
    });
    this.#closers.push(() => redis.disconnect());
    return new RateLimiter({
      limits: () => this.#state.limits,
      quotas: new Quotas(redis),
      keys: redisKeys(settings.meshId),
      metrics: new RateLimitMetrics(metrics),
      timeoutMs: settings.rateLimitTimeout,
    });
  }
}
