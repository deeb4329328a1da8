import type { Interception, ProxyRole } from './proxy.ts';

/**
 * The keys of xDS `node.metadata` between agent and discovery. Istio's names where Istio has one
 * (https://istio.io/latest/docs/reference/commands/pilot-agent/), `MALLA_` for the rest.
 */
export interface NodeMetadata {
  readonly NAMESPACE: string;
  readonly SERVICE_ACCOUNT: string;
  readonly WORKLOAD_NAME: string;
  readonly LABELS: Readonly<Record<string, string>>;
  readonly CLUSTER_ID: string;
  readonly NETWORK: string;
  readonly INTERCEPTION_MODE: 'REDIRECT' | 'NONE';
  /** Addresses of the workload, separated by commas. */
  readonly INSTANCE_IPS?: string;
  /** envoy, builtin or grpc */
  readonly MALLA_DATA_PLANE: string;
  /** sidecar or router; absent: sidecar. */
  readonly MALLA_PROXY_TYPE?: ProxyRole;
  readonly MALLA_VERSION: string;
  readonly MALLA_FEATURES: readonly string[];
  /** Present when INTERCEPTION_MODE is NONE. */
  readonly MALLA_INTERCEPTION?: Extract<Interception, { mode: 'NONE' }>;
  /** Envoy's admin address, `host:port`, for tools on the same host. */
  readonly MALLA_ADMIN?: string;
}
