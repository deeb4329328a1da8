import { happens } from '@malla/matcher';
import type { LocalRateLimitConfig } from '@malla/proxy-config';
import type { Counter } from '../../runtime/instruments.ts';
import type { TokenSource, WorkerServices } from '../../runtime/services.ts';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import type { Stream } from '../stream/stream.ts';
import type { FilterServices } from './filter-services.ts';
import type { HttpFilter } from './http-filter.ts';
import { TokenBucket } from './token-bucket.ts';

interface Limiter {
  readonly config: LocalRateLimitConfig;
  /** Of the process, or of its one worker; connections with buckets of their own have them in their scratch. */
  readonly bucket: TokenSource | undefined;
  readonly enabled: Counter;
  readonly enforced: Counter;
  readonly rateLimited: Counter;
  readonly ok: Counter;
}

/**
 * So many requests in a time, by a token bucket that all workers take from.
 * Source: Envoy's source/extensions/filters/http/local_ratelimit/local_ratelimit.cc.
 */
export class LocalRateLimitFilter implements HttpFilter {
  readonly name: string;
  readonly #services: WorkerServices;
  readonly #own: LocalRateLimitConfig;
  readonly #disabled: boolean;
  readonly #limiters = new WeakMap<LocalRateLimitConfig, Limiter>();

  constructor(
    params: { readonly name: string; readonly config: LocalRateLimitConfig; readonly disabled: boolean },
    { services }: FilterServices,
  ) {
    this.name = params.name;
    this.#own = params.config;
    this.#disabled = params.disabled;
    this.#services = services;
  }

  onRequest(stream: Stream): boolean {
    const ofRoute = stream.filterConfig(this.name);
    if (ofRoute === undefined ? this.#disabled : ofRoute.kind === 'disabled') return true;
    const limiter = this.#limiter(ofRoute?.kind === 'local-rate-limit' ? ofRoute.config : this.#own);
    const { config } = limiter;
    if (!happens(config.enabledPercent, this.#services.random())) return true;
    limiter.enabled.inc();
    const bucket = config.perConnection ? this.#bucketOf(stream.connection, config) : limiter.bucket;
    if (bucket === undefined || bucket.take(this.#services.timers.now())) {
      limiter.ok.inc();
      return true;
    }
    limiter.rateLimited.inc();
    if (!happens(config.enforcedPercent, this.#services.random())) return true;
    limiter.enforced.inc();
    stream.addFlag('RL');
    stream.reply({
      status: config.status,
      body: 'local_rate_limited',
      details: 'local_rate_limited',
      headers: config.responseHeadersToAdd,
    });
    return false;
  }

  #limiter(config: LocalRateLimitConfig): Limiter {
    const known = this.#limiters.get(config);
    if (known !== undefined) return known;
    const prefix = `${config.statPrefix}.http_local_rate_limit`;
    const scope = this.#services.stats.scope({
      prefix,
      prometheusPrefix: 'http_local_rate_limit',
      tags: [['envoy_local_http_ratelimit_prefix', config.statPrefix]],
    });
    const made = {
      config,
      bucket: this.#bucket(config),
      enabled: scope.counter('enabled'),
      enforced: scope.counter('enforced'),
      rateLimited: scope.counter('rate_limited'),
      ok: scope.counter('ok'),
    };
    this.#limiters.set(config, made);
    return made;
  }

  #bucket(config: LocalRateLimitConfig): TokenSource | undefined {
    if (config.bucket === undefined) return undefined;
    const { sharedBucket, timers } = this.#services;
    return sharedBucket?.(config) ?? new TokenBucket(config.bucket, timers.now());
  }

  #bucketOf({ scratch }: ConnectionInfo, config: LocalRateLimitConfig): TokenBucket | undefined {
    if (config.bucket === undefined) return undefined;
    const known = scratch.get(config) as TokenBucket | undefined;
    if (known !== undefined) return known;
    const made = new TokenBucket(config.bucket, this.#services.timers.now());
    scratch.set(config, made);
    return made;
  }
}
