import type { Address } from './address.ts';
import type { ClusterConfig } from './cluster.ts';
import type { ListenerConfig } from './listener.ts';

/** What the proxy is started with; read from Envoy's bootstrap. */
export interface BootstrapConfig {
  /** Encoded envoy.config.core.v3.Node, as the file has it; the program adds its user agent. */
  readonly node: Uint8Array;
  readonly nodeId: string;
  readonly nodeCluster: string;
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  /** Absent: no admin interface. TCP only on loopback. */
  readonly admin?: Address;
  /** ADS by this cluster and in this variant; absent: static resources only. */
  readonly ads?: {
    readonly cluster: string;
    readonly variant: 'delta' | 'sotw';
    readonly backoffBaseMs: number;
    readonly backoffMaxMs: number;
  };
  readonly clusters: readonly ClusterConfig[];
  readonly listeners: readonly ListenerConfig[];
  /** Connections from clients, over all listeners; absent: no limit. */
  readonly maxConnections?: number;
  readonly maxHeapBytes?: number;
  /** Statistics whose names start with one of these; empty: all. */
  readonly statsPrefixes: readonly string[];
}
