import type { PerFilterConfig, RateLimitFilterConfig } from '@malla/proxy-config';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type { RateLimitServiceConfig } from '@malla/protos/gen/envoy/config/ratelimit/v3/rls_pb';
import {
  RateLimit_XRateLimitHeadersRFCVersion as HeadersVersion,
  RateLimitPerRoute_VhRateLimitsOptions as VhOptions,
  type RateLimit,
  type RateLimitPerRoute,
} from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcService } from '../wire/grpc-service.ts';
import { readRateLimit } from '../route/rate-limits.ts';
import { readHttpStatus } from './http-status.ts';

/** Envoy's default. */
const timeoutMs = 20;

/** The filter that asks a rate-limit service. */
export function readRateLimitFilter(reader: FieldReader<RateLimit>): RateLimitFilterConfig {
  // Requests of every origin are asked for, which is the default.
  reader.expect('requestType', 'both', '');
  const service = readService(reader.message('rateLimitService'));
  const limited = readHttpStatus(reader.message('rateLimitedStatus'));
  return {
    domain: reader.take('domain'),
    stage: reader.take('stage'),
    service,
    timeoutMs: reader.duration('timeout') ?? timeoutMs,
    failClosed: reader.take('failureModeDeny'),
    rateLimitedAsResourceExhausted: reader.take('rateLimitedAsResourceExhausted'),
    statusOnError: readHttpStatus(reader.message('statusOnError')) ?? 500,
    // Envoy takes 429 for what is no error.
    rateLimitedStatus: limited === undefined || limited < 400 ? 429 : limited,
    xRateLimitHeaders:
      reader.choice('enableXRatelimitHeaders', {
        [HeadersVersion.OFF]: false,
        [HeadersVersion.DRAFT_VERSION_03]: true,
      }) ?? false,
  };
}

function readService(reader: FieldReader<RateLimitServiceConfig> | undefined): RateLimitFilterConfig['service'] {
  reader?.choice('transportApiVersion', { [ApiVersion.V3]: true });
  return readGrpcService(reader?.message('grpcService'));
}

const vhOptions = {
  [VhOptions.OVERRIDE]: 'override',
  [VhOptions.INCLUDE]: 'include',
  [VhOptions.IGNORE]: 'ignore',
} as const;

/** What a route changes of it. */
export function readRateLimitPerRoute(reader: FieldReader<RateLimitPerRoute>): PerFilterConfig {
  const domain = reader.take('domain');
  return {
    kind: 'rate-limit',
    ...(domain !== '' && { domain }),
    includeVirtualHost: reader.choice('vhRateLimits', vhOptions) ?? 'override',
    policies: reader.messages('rateLimits').map(readRateLimit),
  };
}
