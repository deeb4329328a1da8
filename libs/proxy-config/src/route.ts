import type { RouteConfigIr, RouteIr, VirtualHostIr } from '@malla/ir';
import type { Metadata } from './address.ts';
import type { PerFilterConfig } from './http-filters.ts';
import type { RateLimitPolicy } from './rate-limit.ts';
import type { HeaderMatch } from './string-match.ts';

/**
 * A route configuration. Its core is the IR's, so that `matcher` decides for the simulator and for the proxy alike; what xDS has beyond
 * the IR stands beside it.
 */
export interface RouteTableConfig extends RouteConfigIr {
  readonly virtualHosts: readonly VirtualHostConfig[];
  /** True: a route to an unknown cluster refuses the whole table. */
  readonly validateClusters: boolean;
}

export interface VirtualHostConfig extends VirtualHostIr {
  readonly routes: readonly RouteConfig[];
  readonly filters: ReadonlyMap<string, PerFilterConfig>;
  /** Sends x-envoy-attempt-count upstream, and back downstream. */
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
  readonly rateLimits: readonly RateLimitPolicy[];
}

export interface RouteConfig extends RouteIr {
  /** What spans of its requests are called. */
  readonly operation?: string;
  readonly filters: ReadonlyMap<string, PerFilterConfig>;
  readonly metadata: Metadata;
  /** Only of a forwarding route. */
  readonly forward?: ForwardExtras;
}

/** What xDS says of a forwarding route beyond {@link RouteIr.action}. Times in milliseconds. */
export interface ForwardExtras {
  /** Overrides the connection manager's; 0: never. */
  readonly idleTimeoutMs?: number;
  readonly maxStreamDurationMs?: number;
  /** gRPC deadlines (`grpc-timeout`) count, up to this; 0: without a bound. */
  readonly grpcTimeoutHeaderMaxMs?: number;
  /** The Host header becomes the picked host's name. */
  readonly autoHostRewrite: boolean;
  /** Overrides the connection manager's upgrades: lower-case type -> enabled. */
  readonly upgrades: ReadonlyMap<string, boolean>;
  /** Lower case. The request names its cluster in this header; `destinations` has one entry without a name then. */
  readonly clusterHeader?: string;
  readonly clusterNotFoundStatus: number;
  /** Labels of the subset of endpoints to use; a destination's own come on top. */
  readonly subset?: Readonly<Record<string, unknown>>;
  readonly rateLimits: readonly RateLimitPolicy[];
  readonly includeVirtualHostRateLimits: boolean;
  /** Of the weighted destination with the same index. */
  readonly destinations: readonly DestinationExtras[];
  /** Longest back-off of retries; default ten times the base. */
  readonly retryBackoffMaxMs?: number;
  readonly hostSelectionRetryMaxAttempts: number;
  readonly perTryIdleTimeoutMs?: number;
  readonly retriableHeaders: readonly HeaderMatch[];
  readonly retriableRequestHeaders: readonly HeaderMatch[];
}

export interface DestinationExtras {
  readonly filters: ReadonlyMap<string, PerFilterConfig>;
  readonly subset?: Readonly<Record<string, unknown>>;
}
