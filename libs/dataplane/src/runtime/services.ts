import type { RouteTableConfig } from '@malla/proxy-config';
import type { LogRecord } from './log-record.ts';
import type { Clusters } from './upstream.ts';

/** A monotonic number. */
export interface Counter {
  inc(by?: number): void;
}

export interface Gauge {
  inc(by?: number): void;
  dec(by?: number): void;
  set(value: number): void;
}

/** Buckets are Envoy's default ones. */
export interface Histogram {
  record(value: number): void;
}

/**
 * Statistics below one prefix. `cluster.reviews.upstream_rq_total` in /stats is `envoy_cluster_upstream_rq_total{envoy_cluster_name="reviews"}` in
 * /stats/prometheus: the part of a prefix that is a label there is given as a tag. Getting an instrument again gives the same one.
 */
export interface StatsScope {
  counter(name: string, tags?: StatTags): Counter;
  gauge(name: string, tags?: StatTags): Gauge;
  histogram(name: string, tags?: StatTags): Histogram;
  /** `prefix` with its dots, as in /stats; `prometheusPrefix` without the values that `tags` carry. */
  scope(params: { readonly prefix: string; readonly prometheusPrefix: string; readonly tags: StatTags }): StatsScope;
}

export type StatTags = readonly (readonly [name: string, value: string])[];

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
    params: { readonly cluster: string; readonly logName: string; readonly protocol: 'http' | 'tcp' },
    record: LogRecord,
  ): void;
  /** A line to a file, batched; opened again on the admin's `/reopen_logs`. */
  line(path: string, text: string): void;
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
  /** True from the begin of a drain on: answers say `connection: close` or GOAWAY. */
  readonly draining: () => boolean;
  /** True while memory is short: requests are refused before anything is made for them. Default: never. */
  readonly overloaded?: () => boolean;
}
