import type { LocalRateLimitConfig, LoggedHeaders, RouteTableConfig } from '@malla/proxy-config';
import type { StatsScope } from './instruments.ts';
import type { LogRecord } from './log-record.ts';
import type { Clusters } from './upstream.ts';

/** A timer that runs at most once. */
export interface Timer {
  cancel(): void;
}

/** Coarse timers (a wheel of a few milliseconds): made and cancelled in every request, rarely run. */
export interface Timers {
  set(ms: number, run: () => void): Timer;
  /** Monotonic milliseconds, with fractions; read once per event where that is exact enough. */
  now(): number;
  /** Wall clock in milliseconds. */
  wallClock(): number;
}

/** Route tables by RDS name; a request reads the current one. */
export interface RouteTables {
  get(name: string): RouteTableConfig | undefined;
}

/** Where access-log entries that leave the process go: batched to the main thread. */
export interface LogSinks {
  /** Envoy's access-log service: the record is turned into protobuf on the main thread. */
  grpc(
    params: {
      readonly cluster: string;
      readonly logName: string;
      readonly protocol: 'http' | 'tcp';
      readonly headers: LoggedHeaders;
    },
    record: LogRecord,
  ): void;
  /** A line to a file, batched; opened again on the admin's `/reopen_logs`. */
  line(path: string, text: string): void;
}

/** Tokens that come back by and by. */
export interface TokenSource {
  /** Takes one; false when there is none. `now` is monotonic milliseconds of the worker. */
  take(now: number): boolean;
}

/** What everything in a worker is made with. */
export interface WorkerServices {
  readonly stats: StatsScope;
  readonly timers: Timers;
  /** In [0, 1). */
  readonly random: () => number;
  readonly clusters: Clusters;
  readonly routes: RouteTables;
  readonly logs: LogSinks;
  /** `debug` and up, as Envoy's components log; text without secrets. */
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', text: string) => void;
  /** The bootstrap's `node.cluster`, which rate-limit services know the caller by. Default: empty. */
  readonly nodeCluster?: string;
  /** The bootstrap's node id and zone, which spans tell. Default: empty. */
  readonly nodeId?: string;
  readonly nodeZone?: string;
  /** The bucket of a local rate limit that all workers take from; undefined where this worker has its own. Default: it always has. */
  readonly sharedBucket?: (config: LocalRateLimitConfig) => TokenSource | undefined;
  /** True from the begin of a drain on: answers say `connection: close` or GOAWAY. */
  readonly draining: () => boolean;
  /** True while memory is short: requests are refused before anything is made for them. Default: never. */
  readonly overloaded?: () => boolean;
}
