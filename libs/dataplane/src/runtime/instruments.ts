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
