import type { Any } from '@bufbuild/protobuf/wkt';
import type { CustomAuthorizationIr } from '@malla/ir';
import {
  RBACPerRouteSchema,
  RBACSchema as HttpRbacSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { extension, pack, type TypedExtension } from '../wire/typed-config.ts';
import { rbacRules } from './policies.ts';

const filterName = 'envoy.filters.http.rbac.custom';

/** Begins the names of rules of CUSTOM policies, as in Istio. */
const ruleName = (authorizer: string): string => `istio-ext-authz-${authorizer}-`;

/** The filter that finds out which CUSTOM rule a request matches; it refuses nothing by itself. */
export function customFilter(): TypedExtension {
  return extension(filterName, HttpRbacSchema, {});
}

/** Rules of CUSTOM policies for a part of the routes: the name of the one that matches is put into metadata, where {@link rbacMetadata} finds it. */
export function customRules({ authorizer, policies }: CustomAuthorizationIr, port: number): Record<string, Any> {
  const shadowRules = rbacRules('deny', policies, { layer: 'http', port });
  const named = Object.entries(shadowRules.policies ?? {}).map(([name, policy]) => [
    `${ruleName(authorizer)}${name}`,
    policy,
  ]);
  const rbac = { shadowRules: { ...shadowRules, policies: Object.fromEntries(named) } };
  return { [filterName]: pack(RBACPerRouteSchema, { rbac }) };
}

/** Holds for requests that matched a CUSTOM rule of an authorizer. */
export function rbacMetadata(authorizer: string) {
  return {
    filter: 'envoy.filters.http.rbac',
    path: [{ segment: { case: 'key' as const, value: 'shadow_effective_policy_id' } }],
    value: {
      matchPattern: {
        case: 'stringMatch' as const,
        value: { matchPattern: { case: 'prefix' as const, value: ruleName(authorizer) } },
      },
    },
  };
}
