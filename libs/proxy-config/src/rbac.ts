import type { CidrRange } from './address.ts';
import type { HeaderMatch, StringMatch } from './string-match.ts';

/** Envoy's RBAC rules: with `allow` one policy must match, with `deny` none may. Source: Envoy's config/rbac/v3/rbac.proto */
export interface RbacRules {
  readonly action: 'allow' | 'deny';
  /** By name; the first in order of names that matches is the one that is logged. */
  readonly policies: readonly RbacPolicy[];
}

/** Matches when one permission and one principal match. */
export interface RbacPolicy {
  readonly name: string;
  readonly permissions: readonly RbacCondition[];
  readonly principals: readonly RbacCondition[];
}

/** Permissions and principals as one tree of conditions. */
export type RbacCondition =
  | { readonly kind: 'any' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RbacCondition[] }
  | { readonly kind: 'not'; readonly of: RbacCondition }
  | { readonly kind: 'header'; readonly header: HeaderMatch }
  /** Path without query and fragment. */
  | { readonly kind: 'path'; readonly matcher: StringMatch }
  /** The peer has a verified certificate and, when there is a matcher, its first URI SAN (else DNS SAN, else subject) matches. */
  | { readonly kind: 'authenticated'; readonly principal?: StringMatch }
  | { readonly kind: 'source-ip' | 'destination-ip'; readonly range: CidrRange }
  /** `start` included, `end` not. */
  | { readonly kind: 'destination-port'; readonly start: number; readonly end: number }
  | { readonly kind: 'server-name'; readonly matcher: StringMatch };

/** An RBAC filter, of HTTP or of the network. Without rules everything passes. */
export interface RbacFilterConfig {
  readonly rules?: RbacRules;
  /** Evaluated and counted, never enforced. */
  readonly shadowRules?: RbacRules;
  /** Of its statistics: `<prefix>rbac.allowed`. */
  readonly statPrefix: string;
  readonly shadowStatPrefix: string;
}
