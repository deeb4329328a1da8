import type { EndpointConfig, LocalityConfig } from '@malla/proxy-config';
import type { HostCounts } from './hosts/host-counts.ts';

/**
 * One endpoint of a cluster in one worker. The object stays the same for the same address while endpoints are updated, so that pools, counts
 * and ejections survive.
 */
export interface Host {
  /** `10.0.0.7:9080`, or the path of a Unix socket; unique in the cluster. */
  readonly key: string;
  /** The newest that was delivered. */
  readonly endpoint: EndpointConfig;
  readonly locality: LocalityConfig['locality'];
  readonly priority: number;
  /** Requests (HTTP) or connections (TCP) that are with it now; the caller of `pick` counts them. For least request. */
  activeRequests: number;
  /** Since it came. */
  readonly counts: HostCounts;
  /** By EDS, active health checks and outlier detection together. */
  readonly healthy: boolean;
  readonly ejected: boolean;
  /** The endpoint list does not have it any more. */
  readonly gone: boolean;
}

/** What a pick depends on besides the cluster. */
export interface PickContext {
  /** Of the request's hash policy; undefined: a random one for ring hash and Maglev. 64 bits. */
  readonly hash?: bigint | undefined;
  /** Labels of the wanted subset, from `metadata_match`, one object per route; undefined: the whole cluster, or the fallback of its subsets. */
  readonly subset?: Readonly<Record<string, unknown>> | undefined;
  /** Hosts that a retry should not take again: up to `attempts` more tries (Envoy's default is 1), then any will do. */
  readonly avoid?: { readonly hosts: ReadonlySet<Host>; readonly attempts: number } | undefined;
}

/** Limits of one cluster and priority. `tryAcquire` gives false and counts an overflow when a limit is reached. */
export interface CircuitBreakers {
  readonly connections: Limit;
  readonly pendingRequests: Limit;
  readonly requests: Limit;
  readonly retries: Limit;
}

export interface Limit {
  /** Takes one unit; false when none is left. */
  tryAcquire(): boolean;
  release(): void;
  readonly used: number;
  /** At its limit. */
  readonly open: boolean;
}
