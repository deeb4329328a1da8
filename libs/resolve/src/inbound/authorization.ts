import {
  authorizerContext,
  type AuthorizationIr,
  type AuthorizationPolicyIr,
  type AuthorizationRuleIr,
  type AuthorizerIr,
  type CustomAuthorizationIr,
  type PredicateIr,
} from '@malla/ir';
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
  /** Those that CUSTOM policies may name. */
  readonly authorizers: readonly AuthorizerIr[];
  /** ApiKeyPolicies that select the workload, `namespace/name`. */
  readonly apiKeyPolicies: readonly string[];
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Who may do what on one port. */
export function resolveAuthorization(inputs: AuthorizationInputs): AuthorizationIr {
  const allow = inputs.policies.filter((policy) => actionOf(policy) === 'ALLOW');
  const custom = inputs.policies.filter((policy) => actionOf(policy) === 'CUSTOM');
  const asked = resolveCustom(custom, inputs);
  const deny = inputs.policies.filter(
    (policy) => actionOf(policy) === 'DENY' || (asked === undefined && custom.includes(policy)),
  );
  return {
    ...(asked && { custom: asked }),
    deny: deny.map((policy) => resolvePolicy(policy, inputs)),
    ...(allow.length === 0 ? {} : { allow: allow.map((policy) => resolvePolicy(policy, inputs)) }),
  };
}

function actionOf(policy: AuthorizationPolicy): NonNullable<AuthorizationPolicySpec['action']> {
  return policy.spec?.action ?? 'ALLOW';
}

/**
 * What is put to an authorizer. Undefined where nobody can be asked: then CUSTOM policies deny what they match, as in Istio. One workload has one
 * authorizer. Source: Istio pilot/pkg/security/authz/builder.
 */
function resolveCustom(
  policies: readonly AuthorizationPolicy[],
  inputs: AuthorizationInputs,
): CustomAuthorizationIr | undefined {
  const [first] = policies;
  if (first === undefined || !inputs.http) return undefined;
  const { authorizers, apiKeyPolicies, report } = inputs;
  const names = [...new Set(policies.map(({ spec }) => spec?.provider?.name ?? ''))];
  const [name] = names as [string];
  const refuse = (message: string): undefined =>
    void report({ code: 'unusable_authorizer', message, origin: originOf(first) });
  if (names.length > 1) return refuse(`one workload has several authorizers: ${names.join(', ')}`);
  if (!authorizers.some((authorizer) => authorizer.name === name))
    return refuse(`the mesh has no usable authorizer ${name}`);
  return {
    authorizer: name,
    policies: policies.map((policy) => resolvePolicy(policy, inputs)),
    context: {
      [authorizerContext.policies]: policies.map(fullName).join(),
      ...(apiKeyPolicies.length > 0 && { [authorizerContext.apiKeyPolicies]: apiKeyPolicies.join() }),
    },
  };
}

function fullName({ metadata }: AuthorizationPolicy): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
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
