import type { UpdateResult, WorkerUpdate } from '../runtime/update.ts';
import type { StatsSnapshot } from '../stats/stats-store.ts';
import type { BucketPlace } from './shared-bucket.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off';

/** What a worker thread begins with. */
export interface WorkerStart {
  readonly index: number;
  readonly concurrency: number;
  readonly logLevel: LogLevel;
  readonly statsPrefixes: readonly string[];
  /** Shared by all workers: [connections now, whether memory is short (1 or 0), connections of each worker]. */
  readonly shared: SharedArrayBuffer;
  /** Of each worker, the last `ping` that it has seen. */
  readonly heartbeats: SharedArrayBuffer;
  /** Connections over all workers; 0: no limit. */
  readonly maxConnections: number;
  readonly drainMs: number;
  /** See {@link WorkerServices.nodeCluster}. */
  readonly nodeCluster: string;
  /** See {@link WorkerServices.nodeId}. */
  readonly nodeId: string;
  readonly nodeZone: string;
  /** For session tickets: the same in all workers, so that a client's session goes on in any of them. */
  readonly ticketSeed: Uint8Array;
}

/** Where a worker counts its own connections in the shared numbers. */
export function connectionsSlot(index: number): number {
  return 2 + index;
}

/** One host of a cluster, as the admin interface tells it. */
export interface HostStatus {
  readonly key: string;
  readonly hostname: string;
  /** `healthy`, or Envoy's words such as `/failed_outlier_check`. */
  readonly healthFlags: readonly string[];
  readonly weight: number;
  readonly priority: number;
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  readonly health: string;
  /** Values by Envoy's names: cx_active, rq_total and so on. */
  readonly stats: Readonly<Record<string, number>>;
}

export interface ClusterStatus {
  readonly name: string;
  readonly hosts: readonly HostStatus[];
}

/** Cells of a cluster's limits, of all workers one after the other. */
export interface LimitPlace {
  readonly memory: SharedArrayBuffer;
  /** In 32-bit cells. */
  readonly at: number;
}

/** Where workers count together what an update brings. */
export interface SharedPlaces {
  readonly workers: number;
  /** By cluster. */
  readonly limits: ReadonlyMap<string, LimitPlace>;
  /** Of the update's local rate limits, in the order of `localRateLimits`. */
  readonly buckets: readonly BucketPlace[];
}

/** From the main thread. */
export type ToWorker =
  | { readonly kind: 'update'; readonly update: WorkerUpdate; readonly shared?: SharedPlaces | undefined }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'hosts'; readonly id: number }
  | { readonly kind: 'reset-counters' }
  /** Answered by `flushed`, behind all entries of access logs so far. */
  | { readonly kind: 'flush-logs'; readonly id: number }
  /** Answered in {@link WorkerStart.heartbeats}, which can be read while the main thread has much to do. */
  | { readonly kind: 'ping'; readonly beat: number }
  | { readonly kind: 'log-level'; readonly level: LogLevel }
  /** Every answer asks its connection to close. `stop`: listeners close too, now. */
  | { readonly kind: 'drain'; readonly inboundOnly: boolean; readonly stop: boolean };

/** Entries for one access-log service, as encoded `log_entry` fields one after the other. */
export interface LogBatch {
  readonly cluster: string;
  readonly logName: string;
  readonly protocol: 'http' | 'tcp';
  readonly entries: Uint8Array;
  readonly count: number;
}

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'applied'; readonly result: UpdateResult }
  | { readonly kind: 'stats'; readonly id: number; readonly snapshot: StatsSnapshot }
  | { readonly kind: 'hosts'; readonly id: number; readonly clusters: readonly ClusterStatus[] }
  | { readonly kind: 'flushed'; readonly id: number }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly kind: 'lines'; readonly path: string; readonly text: string }
  | { readonly kind: 'entries'; readonly batch: LogBatch };
