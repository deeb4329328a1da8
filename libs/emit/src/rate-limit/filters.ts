import type { Any } from '@bufbuild/protobuf/wkt';
import { agentPolicyCluster, rateLimitNames, type RateLimitIr } from '@malla/ir';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import {
  RateLimit_XRateLimitHeadersRFCVersion as HeadersVersion,
  RateLimitPerRouteSchema,
  RateLimitSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import { duration } from '../wire/duration.ts';
import { extension, pack, type HttpFilterExtension } from '../wire/typed-config.ts';
import { descriptors } from './descriptors.ts';

/** One filter for policies that fail open and one for those that fail closed: the filter says it, a route cannot. */
const filterNames = {
  open: 'envoy.filters.http.ratelimit.open',
  closed: 'envoy.filters.http.ratelimit.closed',
} as const;

/**
 * A count is an answer of Redis away. Long enough for a busy machine, and short enough that requests survive a policy-telemetry that hangs; one that is
 * away is noticed at once by the agent.
 */
const timeoutMs = 500;

/** Filters that ask policy-telemetry whether limits are used up. They rest until a route has limits ({@link rateLimitRules}). */
export function rateLimitFilters(): HttpFilterExtension[] {
  return [filter(filterNames.open, false), filter(filterNames.closed, true)];
}

/** Limits for a part of the routes, by filter name. */
export function rateLimitRules(limits: readonly RateLimitIr[]): Record<string, Any> {
  return {
    ...rules(
      filterNames.open,
      limits.filter(({ failClosed }) => !failClosed),
    ),
    ...rules(
      filterNames.closed,
      limits.filter(({ failClosed }) => failClosed),
    ),
  };
}

function rules(name: string, limits: readonly RateLimitIr[]): Record<string, Any> {
  if (limits.length === 0) return {};
  return { [name]: pack(RateLimitPerRouteSchema, { rateLimits: limits.flatMap(descriptors) }) };
}

function filter(name: string, failureModeDeny: boolean): HttpFilterExtension {
  const configured = extension(name, RateLimitSchema, {
    domain: rateLimitNames.domain,
    timeout: duration(timeoutMs),
    failureModeDeny,
    enableXRatelimitHeaders: HeadersVersion.DRAFT_VERSION_03,
    rateLimitService: {
      transportApiVersion: ApiVersion.V3,
      grpcService: { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: agentPolicyCluster } } },
    },
  });
  return { ...configured, disabled: true };
}
