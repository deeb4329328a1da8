import type { AuthorizationIr, AuthorizationPolicyIr } from '@malla/ir';
import { RBACSchema as HttpRbacSchema } from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { RBACSchema as NetworkRbacSchema } from '@malla/protos/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb';
import { extension, type TypedExtension } from '../wire/typed-config.ts';
import { rbacRules, type RbacAction } from './policies.ts';

/** DENY before ALLOW, each a filter of its own, so that the log says which one decided. */
function inOrder(authorization: AuthorizationIr): (readonly [RbacAction, readonly AuthorizationPolicyIr[]])[] {
  return [
    ...(authorization.deny.length > 0 ? [['deny', authorization.deny] as const] : []),
    ...(authorization.allow ? [['allow', authorization.allow] as const] : []),
  ];
}

/** HTTP filters that enforce an authorization; a refused request gets 403. */
export function httpRbacFilters(authorization: AuthorizationIr, port: number | undefined): TypedExtension[] {
  return inOrder(authorization).map(([action, policies]) =>
    extension('envoy.filters.http.rbac', HttpRbacSchema, {
      rules: rbacRules(action, policies, { layer: 'http', port }),
    }),
  );
}

/** Network filters that enforce an authorization; a refused connection is closed. */
export function networkRbacFilters(
  authorization: AuthorizationIr,
  port: number | undefined,
  statPrefix: string,
): TypedExtension[] {
  return inOrder(authorization).map(([action, policies]) =>
    extension('envoy.filters.network.rbac', NetworkRbacSchema, {
      rules: rbacRules(action, policies, { layer: 'network', port }),
      statPrefix,
    }),
  );
}
