import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AuthorizationPolicyIr, AuthorizationRuleIr, PredicateIr } from '@malla/ir';
import { RBAC_Action, type PolicySchema, type RBACSchema } from '@malla/protos/gen/envoy/config/rbac/v3/rbac_pb';
import {
  constantPermission,
  constantPrincipal,
  isHttpOnly,
  isPeer,
  permission,
  principal,
  type RbacContext,
} from './predicate.ts';

type Policy = MessageInitShape<typeof PolicySchema>;

/** What a filter does with what its policies match. */
export type RbacAction = 'allow' | 'deny';

/**
 * Envoy RBAC rules of authorization policies, each rule a policy named `ns[shop]-policy[cart]-rule[0]`, as Istio's tools
 * and log lines have it.
 */
export function rbacRules(
  action: RbacAction,
  policies: readonly AuthorizationPolicyIr[],
  context: RbacContext,
): MessageInitShape<typeof RBACSchema> {
  const named = policies.flatMap(({ origin, rules }) =>
    rules.flatMap((rule, index) => {
      const policy = rbacPolicy(rule, action, context);
      return policy ? [[`ns[${origin.namespace}]-policy[${origin.name}]-rule[${index}]`, policy] as const] : [];
    }),
  );
  return {
    action: action === 'deny' ? RBAC_Action.DENY : RBAC_Action.ALLOW,
    policies: Object.fromEntries(named),
  };
}

/** Undefined: the rule can't match here. */
function rbacPolicy(rule: AuthorizationRuleIr, action: RbacAction, context: RbacContext): Policy | undefined {
  const here = context.layer === 'http' ? rule : onNetwork(rule, action);
  if (!here) return undefined;
  const peerWhen = here.when.filter(isPeer);
  const otherWhen = here.when.filter((predicate) => !isPeer(predicate));
  return {
    permissions: alternatives(here.to).map((all) => {
      const rules = [...all, ...otherWhen].map((predicate) => permission(predicate, context));
      return rules.length === 0 ? constantPermission(true) : { rule: { case: 'andRules', value: { rules } } };
    }),
    principals: alternatives(here.from).map((all) => {
      const ids = [...all, ...peerWhen].map((predicate) => principal(predicate, context));
      return ids.length === 0 ? constantPrincipal(true) : { identifier: { case: 'andIds', value: { ids } } };
    }),
  };
}

/**
 * A rule on TCP, where requests have no method, path or headers: an ALLOW rule that names them allows nothing, a DENY rule denies as
 * if they matched. Source: https://istio.io/latest/docs/concepts/security/#using-istio-authorization-on-plain-tcp-protocols
 */
function onNetwork(rule: AuthorizationRuleIr, action: RbacAction): AuthorizationRuleIr | undefined {
  const predicates = [...rule.from.flat(), ...rule.to.flat(), ...rule.when];
  if (!predicates.some(isHttpOnly)) return rule;
  if (action === 'allow') return undefined;
  const without = (list: readonly PredicateIr[]) => list.filter((predicate) => !isHttpOnly(predicate));
  return { from: rule.from.map(without), to: rule.to.map(without), when: without(rule.when) };
}

/** No alternatives are no condition. */
function alternatives(list: readonly (readonly PredicateIr[])[]): readonly (readonly PredicateIr[])[] {
  return list.length === 0 ? [[]] : list;
}
