import type {
  ClusterConfig,
  EndpointsConfig,
  ListenerConfig,
  RouteTableConfig,
  SecretConfig,
} from '@malla/proxy-config';

/**
 * One step of configuration, from the main thread to every worker. A worker applies it at once and in this order, so that nothing is named before it
 * is there: secrets, clusters, endpoints, routes, listeners, then removals of routes, clusters and secrets.
 */
export interface WorkerUpdate {
  readonly sequence: number;
  readonly secrets: readonly SecretConfig[];
  readonly clusters: readonly ClusterConfig[];
  /** By cluster (EDS service) name. */
  readonly endpoints: readonly EndpointsConfig[];
  readonly routes: readonly RouteTableConfig[];
  readonly listeners: readonly ListenerConfig[];
  readonly removed: {
    readonly secrets: readonly string[];
    readonly clusters: readonly string[];
    readonly endpoints: readonly string[];
    readonly routes: readonly string[];
    readonly listeners: readonly string[];
  };
}

/** What became of an update in one worker. A listener that cannot bind refuses itself alone; everything else is in place. */
export interface UpdateResult {
  readonly sequence: number;
  readonly failures: readonly { readonly kind: 'listener'; readonly name: string; readonly message: string }[];
}
