import type { Address } from './address.ts';
import type { ClusterConfig } from './cluster.ts';
import type { ListenerConfig } from './listener.ts';

/** What the proxy is started with; read from Envoy's bootstrap. */
export interface BootstrapConfig {
  /** Encoded envoy.config.core.v3.Node, as the file has it; the program adds its user agent. */
  readonly node: Uint8Array;
  /** What rate-limit services are told as `source_cluster`. */
  readonly nodeCluster: string;
  /** Absent: no admin interface. TCP only on loopback. */
  readonly admin?: Address;
  /** ADS by this cluster and in this variant; absent: static resources only. */
  readonly ads?: {
    readonly cluster: string;
    readonly variant: 'delta' | 'sotw';
    readonly backoffBaseMs: number;
    readonly backoffMaxMs: number;
    /** How long the start waits for the first clusters and listeners; 0: for ever. */
    readonly fetchTimeoutMs: number;
  };
  readonly clusters: readonly ClusterConfig[];
  readonly listeners: readonly ListenerConfig[];
  /** Connections from clients, over all listeners; absent: no limit. */
  readonly maxConnections?: number;
  readonly maxHeapBytes?: number;
  /** Share of `maxHeapBytes`, 0 to 1, from which on requests are refused; absent: never. */
  readonly refuseRequestsAt?: number;
  /** How long an event loop may be busy before that counts as a miss, and as a mega miss; `killMs`: before its worker is replaced, 0 for never. */
  readonly watchdogs: {
    readonly mainThread: { readonly missMs: number; readonly megaMissMs: number };
    readonly workers: { readonly missMs: number; readonly megaMissMs: number; readonly killMs: number };
  };
  /** Statistics whose names start with one of these; empty: all. */
  readonly statsPrefixes: readonly string[];
  /**
   * Labels of statistics: what the first group of the (RE2) expression matches is taken out of the name, and the second group is the value;
   * `fixed`: the same for all.
   */
  readonly statsTags: readonly ({ readonly name: string } & (
    { readonly regex: string } | { readonly fixed: string }
  ))[];
  /** Envoy's own labels come too; then no others are made by expressions. */
  readonly defaultStatsTags: boolean;
}
