import type { Any } from '@bufbuild/protobuf/wkt';
import type { AuthorizationIr, AuthorizerIr, RateLimitIr } from '@malla/ir';
import { authorizerFilters, authorizerRules } from '../ext-authz/filters.ts';
import { rateLimitFilters, rateLimitRules } from '../rate-limit/filters.ts';
import { customFilter, customRules } from '../rbac/custom.ts';
import { httpRbacFilters, httpRbacRules } from '../rbac/filters.ts';
import type { HttpFilterExtension } from '../wire/typed-config.ts';

/** What policies say of the requests that a workload takes. */
export interface RoutePolicies {
  readonly authorization: AuthorizationIr;
  readonly rateLimits?: readonly RateLimitIr[];
}

/**
 * Filters that enforce what {@link routePolicyRules} puts on routes; without that they let everything pass. The order is Istio's: CUSTOM, DENY, ALLOW, then
 * limits, so that who is refused uses nothing up.
 */
export function routePolicyFilters(authorizers: readonly AuthorizerIr[]): HttpFilterExtension[] {
  return [customFilter(), ...authorizerFilters(authorizers), ...httpRbacFilters(), ...rateLimitFilters()];
}

/**
 * Policies as configuration of a part of the routes, by filter name. They come with routes and not with the listener, so that a change of policy holds from
 * the next request on: a changed listener would let open connections go on under the old rules until they drain.
 */
export function routePolicyRules({ authorization, rateLimits = [] }: RoutePolicies, port: number): Record<string, Any> {
  const { custom } = authorization;
  return {
    ...(custom && { ...customRules(custom, port), ...authorizerRules(custom) }),
    ...httpRbacRules(authorization, port),
    ...rateLimitRules(rateLimits),
  };
}

/** Whether there is nothing to put on routes. */
export function hasNoPolicies({ authorization, rateLimits = [] }: RoutePolicies): boolean {
  const { custom, deny, allow } = authorization;
  return custom === undefined && deny.length === 0 && allow === undefined && rateLimits.length === 0;
}
