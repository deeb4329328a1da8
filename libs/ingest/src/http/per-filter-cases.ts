import type { PerFilterConfig } from '@malla/proxy-config';
import { CorsPolicySchema } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { ExtAuthzPerRouteSchema } from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { LocalRateLimitSchema } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
import { RateLimitPerRouteSchema } from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import { RBACPerRouteSchema } from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { anyCase, type AnyCase } from '../wire/any.ts';
import { readCorsPolicy } from './cors.ts';
import { readExtAuthzPerRoute } from './ext-authz.ts';
import { readFault } from './fault.ts';
import { readLocalRateLimit } from './local-rate-limit.ts';
import { readRateLimitPerRoute } from './rate-limit.ts';
import { readRbacPerRoute } from './rbac.ts';

/** Configuration of HTTP filters that routes, virtual hosts and weighted clusters may carry. */
export const perFilterCases: readonly AnyCase<PerFilterConfig>[] = [
  anyCase(HTTPFaultSchema, (reader) => ({ kind: 'fault', config: readFault(reader) })),
  anyCase(RBACPerRouteSchema, readRbacPerRoute),
  anyCase(CorsPolicySchema, (reader) => ({ kind: 'cors', config: readCorsPolicy(reader) })),
  anyCase(LocalRateLimitSchema, (reader) => ({ kind: 'local-rate-limit', config: readLocalRateLimit(reader) })),
  anyCase(RateLimitPerRouteSchema, readRateLimitPerRoute),
  anyCase(ExtAuthzPerRouteSchema, readExtAuthzPerRoute),
];
