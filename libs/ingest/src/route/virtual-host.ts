import type { PerFilterConfig, VirtualHostConfig } from '@malla/proxy-config';
import type { VirtualHost } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMirror } from './forward.ts';
import { readPerFilterConfigs } from './per-filter-config.ts';
import { readRateLimit } from './rate-limits.ts';
import { readRetryPolicy } from './retry-policy.ts';
import { readRoute, type RouteContext } from './route.ts';

/** What a route configuration says for all its virtual hosts. */
export interface VirtualHostContext extends RouteContext {
  readonly filters: ReadonlyMap<string, PerFilterConfig>;
}

/** The routes of some hosts. What Envoy inherits from a level above is written into each route, so that nobody else need look there. */
export function readVirtualHost(reader: FieldReader<VirtualHost>, context: VirtualHostContext): VirtualHostConfig {
  // Metadata of virtual hosts is read by no filter and no log here.
  reader.ignore('metadata');
  const policy = reader.message('retryPolicy');
  const mirrors = reader.messages('requestMirrorPolicies').map(readMirror);
  const inherited: RouteContext = {
    ...context,
    ...(policy && { retry: readRetryPolicy(policy) }),
    ...(mirrors.length > 0 && { mirrors }),
  };
  return {
    name: reader.take('name'),
    domains: reader.take('domains').map((domain) => domain.toLowerCase()),
    routes: reader.messages('routes').map((route) => readRoute(route, inherited)),
    filters: new Map([...context.filters, ...readPerFilterConfigs(reader)]),
    includeRequestAttemptCount: reader.take('includeRequestAttemptCount'),
    includeAttemptCountInResponse: reader.take('includeAttemptCountInResponse'),
    rateLimits: reader.messages('rateLimits').map(readRateLimit),
  };
}
