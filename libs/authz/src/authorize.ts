import type {
  AttributeIr,
  AuthorizationIr,
  AuthorizationPolicyIr,
  AuthorizationRuleIr,
  Origin,
  PredicateIr,
} from '@malla/ir';
import type { AuthorizationRequest } from './request.ts';
import { compileValueMatch } from './value-match.ts';

/** Why a request was denied; Envoy's response code details tell the same two cases apart. */
export type DenialReason =
  /** A rule of a DENY policy matched. */
  | 'denied_by_policy'
  /** There are ALLOW policies and none of their rules matched. */
  | 'not_allowed_by_any_policy';

export type AuthorizationDecision =
  /** `policy` and `rule` are set when an ALLOW policy let it through. */
  | { readonly allowed: true; readonly policy?: Origin; readonly rule?: number }
  /** `policy` and `rule` are set for denied_by_policy. */
  | { readonly allowed: false; readonly reason: DenialReason; readonly policy?: Origin; readonly rule?: number };

export type Authorizer = (request: AuthorizationRequest) => AuthorizationDecision;

/**
 * Compiles what DENY and ALLOW policies say of a workload port (what CUSTOM ones match: {@link compilePolicies}): DENY before ALLOW, first matching rule named, no ALLOW policy at all allows the rest.
 * Source: https://istio.io/latest/docs/concepts/security/#implicit-enablement
 */
export function compileAuthorization(ir: AuthorizationIr): Authorizer {
  const deny = compilePolicies(ir.deny);
  const allow = ir.allow === undefined ? undefined : compilePolicies(ir.allow);
  return (request) => {
    const denied = deny(request);
    if (denied !== undefined) return { allowed: false, reason: 'denied_by_policy', ...denied };
    if (allow === undefined) return { allowed: true };
    const allowed = allow(request);
    return allowed === undefined
      ? { allowed: false, reason: 'not_allowed_by_any_policy' }
      : { allowed: true, ...allowed };
  };
}

/** One-off form of {@link compileAuthorization}. */
export function authorize(ir: AuthorizationIr, request: AuthorizationRequest): AuthorizationDecision {
  return compileAuthorization(ir)(request);
}

type Condition = (request: AuthorizationRequest) => boolean;

/** The first policy with a rule that matches, in the order of the list; undefined for none. */
export function compilePolicies(policies: readonly AuthorizationPolicyIr[]) {
  const compiled = policies.map((policy) => ({ policy: policy.origin, rules: policy.rules.map(compileRule) }));
  return (request: AuthorizationRequest): { policy: Origin; rule: number } | undefined => {
    for (const { policy, rules } of compiled) {
      const rule = rules.findIndex((matches) => matches(request));
      if (rule !== -1) return { policy, rule };
    }
    return undefined;
  };
}

function compileRule(rule: AuthorizationRuleIr): Condition {
  const from = anyAlternative(rule.from);
  const to = anyAlternative(rule.to);
  const when = allOf(rule.when);
  return (request) => from(request) && to(request) && when(request);
}

/** No alternatives at all are no condition. */
function anyAlternative(alternatives: readonly (readonly PredicateIr[])[]): Condition {
  if (alternatives.length === 0) return () => true;
  const compiled = alternatives.map(allOf);
  return (request) => compiled.some((matches) => matches(request));
}

function allOf(predicates: readonly PredicateIr[]): Condition {
  const compiled = predicates.map(compilePredicate);
  return (request) => compiled.every((matches) => matches(request));
}

function compilePredicate(predicate: PredicateIr): Condition {
  const values = predicate.anyOf.map(compileValueMatch);
  const read = attributeReader(predicate.attribute);
  return (request) => {
    const value = read(request);
    return values.some((matches) => matches(value)) !== predicate.negated;
  };
}

function attributeReader(attribute: AttributeIr): (request: AuthorizationRequest) => string | undefined {
  switch (attribute.kind) {
    case 'principal':
      return (request) => request.principal;
    case 'namespace':
      return (request) => request.namespace;
    case 'method':
      return (request) => request.method;
    case 'path':
      return (request) => request.path;
    case 'port':
      return (request) => String(request.port);
    case 'header': {
      const { name } = attribute;
      return (request) => (Object.hasOwn(request.headers, name) ? request.headers[name] : undefined);
    }
  }
}
