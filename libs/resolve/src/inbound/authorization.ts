import type { AuthorizationIr, AuthorizationPolicyIr, AuthorizationRuleIr, PredicateIr } from '@malla/ir';
import type { AuthorizationPolicy, AuthorizationPolicySpec, AuthorizationRule } from '@malla/model';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { conditionPredicates, isHttpOnly, operationPredicates, sourcePredicates } from './conditions.ts';

/** All that the authorization of one port depends on. */
export interface AuthorizationInputs {
  /** Those that select the workload. */
  readonly policies: readonly AuthorizationPolicy[];
  /** Whether requests are parsed on the port. */
  readonly http: boolean;
  readonly trustDomains: readonly string[];
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Who may do what on one port. */
export function resolveAuthorization(inputs: AuthorizationInputs): AuthorizationIr {
  const allow = inputs.policies.filter((policy) => actionOf(policy) === 'ALLOW');
  const deny = inputs.policies.filter((policy) => actionOf(policy) === 'DENY');
  return {
    deny: deny.map((policy) => resolvePolicy(policy, inputs)),
    ...(allow.length === 0 ? {} : { allow: allow.map((policy) => resolvePolicy(policy, inputs)) }),
  };
}

function actionOf(policy: AuthorizationPolicy): NonNullable<AuthorizationPolicySpec['action']> {
  return policy.spec?.action ?? 'ALLOW';
}

function resolvePolicy(policy: AuthorizationPolicy, inputs: AuthorizationInputs): AuthorizationPolicyIr {
  const rules = (policy.spec?.rules ?? []).flatMap(
    (rule) => enforceable(resolveRule(rule, policy, inputs), policy, inputs) ?? [],
  );
  return { origin: originOf(policy), rules };
}

/** A rule as written; undefined if it has a condition that no port can decide and ignoring it would allow more. */
function resolveRule(
  rule: AuthorizationRule,
  policy: AuthorizationPolicy,
  { trustDomains, report }: AuthorizationInputs,
): AuthorizationRuleIr | undefined {
  const undecided = [...(rule.from ?? []).map((f) => f.source), ...(rule.to ?? []).map((t) => t.operation)];
  if (undecided.includes(undefined) && actionOf(policy) === 'ALLOW') return undefined;
  const when: PredicateIr[] = [];
  for (const condition of rule.when ?? []) {
    const found = conditionPredicates(condition, trustDomains);
    if (found !== undefined) when.push(...found);
    else {
      report({
        code: 'unknown_condition',
        message: `condition ${condition.key} is not known`,
        origin: originOf(policy),
      });
      if (actionOf(policy) === 'ALLOW') return undefined;
    }
  }
  return {
    from: (rule.from ?? []).map(({ source }) => sourcePredicates(source, trustDomains)),
    to: (rule.to ?? []).map(({ operation }) => operationPredicates(operation)),
    when,
  };
}

/**
 * The rule as far as the port can enforce it. On TCP ports an ALLOW rule with attributes of requests is dropped (stricter), and a DENY rule loses them
 * (broader). Source: https://istio.io/latest/docs/ops/configuration/security/security-policy-examples/ and Istio's rule.checkError.
 */
function enforceable(
  rule: AuthorizationRuleIr | undefined,
  policy: AuthorizationPolicy,
  { http, report }: AuthorizationInputs,
): AuthorizationRuleIr | undefined {
  if (rule === undefined || http || ![...rule.from.flat(), ...rule.to.flat(), ...rule.when].some(isHttpOnly))
    return rule;
  report({
    code: 'http_only_rule',
    message: 'a rule asks for attributes of HTTP requests on a TCP port',
    origin: originOf(policy),
  });
  if (actionOf(policy) === 'ALLOW') return undefined;
  const connectionOnly = (predicates: readonly PredicateIr[]) =>
    predicates.filter((predicate) => !isHttpOnly(predicate));
  return { from: rule.from.map(connectionOnly), to: rule.to.map(connectionOnly), when: connectionOnly(rule.when) };
}
