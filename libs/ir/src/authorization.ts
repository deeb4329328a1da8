import type { Origin } from './origin.ts';
import type { ValueMatch } from './value-match.ts';

/**
 * The authorization of one workload port. CUSTOM before DENY before ALLOW; without any ALLOW policy everything not denied is allowed.
 * Source: https://istio.io/latest/docs/concepts/security/#implicit-enablement
 */
export interface AuthorizationIr {
  /** Absent: no CUSTOM policy applies. HTTP ports only. */
  readonly custom?: CustomAuthorizationIr;
  readonly deny: readonly AuthorizationPolicyIr[];
  /** Absent: no ALLOW policy applies. Empty rules inside: nothing is allowed. */
  readonly allow?: readonly AuthorizationPolicyIr[];
}

/** Requests that match a policy pass only if the authorizer allows them. */
export interface CustomAuthorizationIr {
  /** Name of one of the authorizers of the inbound half. */
  readonly authorizer: string;
  readonly policies: readonly AuthorizationPolicyIr[];
  /** What the authorizer is told of the workload and its policies. */
  readonly context: Readonly<Record<string, string>>;
}

export interface AuthorizationPolicyIr {
  readonly origin: Origin;
  /** Any one suffices; none never matches. */
  readonly rules: readonly AuthorizationRuleIr[];
}

/** Matches when some `from`, some `to` and every `when` match; an empty list is no condition. */
export interface AuthorizationRuleIr {
  /** Alternatives; inside one all predicates must hold. */
  readonly from: readonly (readonly PredicateIr[])[];
  readonly to: readonly (readonly PredicateIr[])[];
  readonly when: readonly PredicateIr[];
}

/** One attribute against alternatives. A missing attribute matches nothing, so a negated predicate holds then. */
export interface PredicateIr {
  readonly attribute: AttributeIr;
  readonly anyOf: readonly ValueMatch[];
  readonly negated: boolean;
}

export type AttributeIr =
  /** Peer SPIFFE id without `spiffe://`, as policies write it; absent without mutual TLS. */
  | { readonly kind: 'principal' }
  /** Namespace of the peer's SPIFFE id. */
  | { readonly kind: 'namespace' }
  | { readonly kind: 'method' }
  /** Path without query, normalised. */
  | { readonly kind: 'path' }
  /** The workload's port (targetPort). */
  | { readonly kind: 'port' }
  /** Lower-case name. */
  | { readonly kind: 'header'; readonly name: string };
