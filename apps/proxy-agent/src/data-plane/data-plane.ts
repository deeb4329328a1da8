/** What happens to a data plane, for health and registration. */
export type DataPlaneEvent =
  /** It serves with a configuration. */
  | { readonly kind: 'ready' }
  /** It does not serve (any more): it starts, drains or crashed. */
  | { readonly kind: 'not-ready'; readonly reason: string };

/**
 * What moves this workload's traffic: Envoy, Malla's own, or a library in the application. The agent starts it once there is a socket
 * to take configuration from, and ends it last.
 */
export interface DataPlane {
  /** True while it serves with a configuration. */
  readonly ready: boolean;
  /** Begins, or adopts what runs already. Returns before it is ready. */
  start(): Promise<void>;
  /** Ends gracefully: no new connections are attracted, requests in flight are answered. Returns when it is gone. */
  drain(): Promise<void>;
  /** Frees what is left, whatever state it is in. */
  stop(): Promise<void>;
  /** Its metrics in Prometheus' text format; undefined if it has none. */
  metrics(): Promise<string | undefined>;
  /** Calls back after each change. Returns the way to stop that. */
  onEvent(listener: (event: DataPlaneEvent) => void): () => void;
}
