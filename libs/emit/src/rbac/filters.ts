import type { AuthorizationIr, AuthorizationPolicyIr } from '@malla/ir';
import type { Any } from '@bufbuild/protobuf/wkt';
import {
  RBACPerRouteSchema,
  RBACSchema as HttpRbacSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { RBACSchema as NetworkRbacSchema } from '@malla/protos/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb';
import { extension, pack, type TypedExtension } from '../wire/typed-config.ts';
import { rbacRules, type RbacAction } from './policies.ts';

/** DENY before ALLOW, each a filter of its own, so that the log says which one decided. */
function inOrder(authorization: AuthorizationIr): (readonly [RbacAction, readonly AuthorizationPolicyIr[]])[] {
  return [
    ...(authorization.deny.length > 0 ? [['deny', authorization.deny] as const] : []),
    ...(authorization.allow ? [['allow', authorization.allow] as const] : []),
  ];
}

/** Filters of one kind need names of their own: a route's rules are addressed by filter name. */
const httpFilterNames: Readonly<Record<RbacAction, string>> = {
  deny: 'envoy.filters.http.rbac.deny',
  allow: 'envoy.filters.http.rbac.allow',
};

/** HTTP filters that enforce what {@link httpRbacRules} puts on the virtual host; without rules there they let everything pass. */
export function httpRbacFilters(): TypedExtension[] {
  return [httpFilterNames.deny, httpFilterNames.allow].map((name) => extension(name, HttpRbacSchema, {}));
}

/**
 * An authorization as rules of a virtual host, by filter name; a refused request gets 403. Rules come with routes and not
 * with the listener, so that a change of policy holds from the next request on: a changed listener would let open
 * connections go on under the old rules until they drain.
 */
export function httpRbacRules(authorization: AuthorizationIr, port: number): Record<string, Any> {
  const rules = inOrder(authorization).map(([action, policies]) => [
    httpFilterNames[action],
    pack(RBACPerRouteSchema, { rbac: { rules: rbacRules(action, policies, { layer: 'http', port }) } }),
  ]);
  return Object.fromEntries(rules);
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
