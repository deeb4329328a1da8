import type { Origin } from './origin.ts';
import type { ValueMatch } from './value-match.ts';

/** One RateLimit policy of a workload. Its numbers are not here: policy-telemetry reads them where it counts. */
export interface RateLimitIr {
  readonly origin: Origin;
  /** Refuses requests while nobody counts; else they pass. */
  readonly failClosed: boolean;
  /** Every rule that a request matches counts it. */
  readonly rules: readonly RateLimitRuleIr[];
}

export interface RateLimitRuleIr {
  readonly name: string;
  /** One must match; none: every request. */
  readonly matches: readonly RateLimitMatchIr[];
  /** What a limit of its own is kept for each value of; none: one limit. */
  readonly values: readonly RateLimitValueIr[];
}

/** All that is given must hold; an empty list is no condition. */
export interface RateLimitMatchIr {
  /** Without the query; one must match. */
  readonly paths: readonly { readonly kind: 'exact' | 'prefix'; readonly value: string }[];
  /** One must match. */
  readonly methods: readonly string[];
  /** All must match; names in lower case. */
  readonly headers: readonly { readonly name: string; readonly match: ValueMatch }[];
}

export type RateLimitValueIr =
  /** Lower-case name. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'remote-address' }
  /** SPIFFE id of the peer. */
  | { readonly kind: 'source-principal' }
  /** Without the query. */
  | { readonly kind: 'path' };
