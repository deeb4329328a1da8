import type { Origin } from './origin.ts';
import type { ValueMatch } from './value-match.ts';

/** All virtual hosts that one listener port serves. */
export interface RouteConfigIr {
  /** RDS name, see names.ts. */
  readonly name: string;
  /** True: domains carry ports, and the Host header is compared with its port. Absent: ports in the Host header are ignored. */
  readonly matchPorts?: boolean;
  readonly virtualHosts: readonly VirtualHostIr[];
}

/** The routes of one service host and port; the slice that one VirtualService change touches. */
export interface VirtualHostIr {
  /** `<fqdn>:<port>`, or `allow_any` / `block_all`. */
  readonly name: string;
  /** Host header values, without ports unless `matchPorts` of the route configuration says so; `*` for every host. */
  readonly domains: readonly string[];
  /** First match wins. */
  readonly routes: readonly RouteIr[];
}

export interface RouteIr {
  /** Envoy route name, as in access logs. */
  readonly name: string;
  readonly match: RouteMatchIr;
  readonly action: RouteActionIr;
  /** Request and response header edits for every action. */
  readonly headers: HeaderEditsIr;
  readonly fault?: FaultIr;
  readonly origin?: Origin;
}

export interface RouteMatchIr {
  /** `prefix` is a plain string prefix, not a path segment (Istio's meaning). */
  readonly path: { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string; readonly ignoreCase: boolean };
  readonly method?: ValueMatch;
  readonly authority?: ValueMatch;
  readonly headers: readonly HeaderMatchIr[];
  readonly queryParameters: readonly { readonly name: string; readonly match: ValueMatch }[];
}

export interface HeaderMatchIr {
  /** Lower case. */
  readonly name: string;
  readonly match: ValueMatch;
  /** withoutHeaders: the condition must not hold. A missing header counts as an empty one then, except for `present`. */
  readonly inverted: boolean;
}

/** Edits in order: remove, then set (overwrite), then add (append). Names are lower case. */
export interface HeaderEditsIr {
  readonly request: HeaderOperationsIr;
  readonly response: HeaderOperationsIr;
}

export interface HeaderOperationsIr {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export type RouteActionIr = ForwardIr | RedirectIr | DirectResponseIr;

export interface ForwardIr {
  readonly kind: 'forward';
  /** At least one, weights above 0; relative to their sum. */
  readonly destinations: readonly WeightedDestinationIr[];
  /** Whole request with retries; 0 disables. */
  readonly timeoutMs: number;
  readonly retry?: RetryIr;
  readonly rewrite?: RewriteIr;
  /** A new Host header. */
  readonly hostRewrite?: string;
  readonly mirrors: readonly MirrorIr[];
  /** From the destination's consistentHash load balancer. */
  readonly hash: readonly HashPolicyIr[];
}

export interface WeightedDestinationIr {
  /** Cluster name, possibly of a cluster that does not exist (then 503, as in Istio). */
  readonly cluster: string;
  readonly weight: number;
  readonly headers: HeaderEditsIr;
  /** From `headers.request.set.host` of the destination. */
  readonly hostRewrite?: string;
}

export interface RedirectIr {
  readonly kind: 'redirect';
  readonly path?: string;
  readonly authority?: string;
  readonly port?: number | 'protocol-default' | 'request-port';
  readonly scheme?: 'http' | 'https';
  readonly code: 301 | 302 | 303 | 307 | 308;
}

export interface DirectResponseIr {
  readonly kind: 'direct-response';
  readonly status: number;
  readonly body: string;
}

export interface RetryIr {
  /** Retries after the first try; above 0. */
  readonly attempts: number;
  readonly perTryTimeoutMs?: number;
  /** Envoy retry_on tokens. */
  readonly retryOn: readonly string[];
  /** With `retriable-status-codes`. */
  readonly retriableStatusCodes: readonly number[];
  readonly backoffBaseMs: number;
  /** Prefer a host that was not tried yet. */
  readonly ignorePreviousHosts: boolean;
}

export type RewriteIr =
  /** Replaces the matched prefix. */
  | { readonly kind: 'prefix'; readonly value: string }
  /** Replaces the whole path. */
  | { readonly kind: 'full'; readonly value: string }
  /** RE2 substitution on the path; `\1` refers to a group. */
  | { readonly kind: 'regex'; readonly match: string; readonly substitution: string };

export interface MirrorIr {
  readonly cluster: string;
  /** 0 to 100. */
  readonly percent: number;
}

export type HashPolicyIr =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string; readonly path?: string; readonly ttlMs?: number }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query-parameter'; readonly name: string };

export interface FaultIr {
  readonly delay?: { readonly ms: number; readonly percent: number };
  readonly abort?: { readonly httpStatus: number; readonly percent: number };
}

/** No edits at all. */
export const noHeaderEdits: HeaderEditsIr = {
  request: { set: [], add: [], remove: [] },
  response: { set: [], add: [], remove: [] },
};
