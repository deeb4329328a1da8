import type { Reporter, SignalKey } from './access-record.ts';
import { serviceNameOf } from './signal-key.ts';
import type { SignalBucket } from './signal-tally.ts';
import { figuresOf, type SignalFigures } from './signals.ts';
import { levels, type Level, type TimeSpan } from './telemetry-store.ts';

/** What series are kept apart by: the service that is called, the workload that serves, or who calls whom. */
export type SeriesGroup = 'service' | 'workload' | 'pair';

export interface SeriesQuery extends TimeSpan {
  /** Milliseconds; a multiple of 10 s. */
  readonly stepMs: number;
  readonly by: SeriesGroup;
  /**
   * Whose view counts, for one request is seen by both sides. Default: for workloads that of the destination, for pairs that
   * of the source, for services that of the destination if it has a proxy and else that of the source.
   */
  readonly reporter?: Reporter;
}

export interface SeriesPoint extends SignalFigures {
  /** Start of the step, milliseconds since the epoch. */
  readonly time: number;
  /** Requests, or connections of TCP, a second. */
  readonly rate: number;
  /** Failed ones among them, 0 to 1. */
  readonly errorRate: number;
}

export interface Series {
  readonly namespace: string;
  /** Service or workload, by what was asked for; the destination service for pairs. */
  readonly name: string;
  /** Of pairs only. */
  readonly sourceNamespace?: string;
  readonly sourceWorkload?: string;
  /** Points with traffic, oldest first; what is left out had none. */
  readonly points: readonly SeriesPoint[];
}

/** The coarsest level whose buckets fit into steps of this width. */
export function levelOfStep(stepMs: number): Level {
  const fitting = ([3, 2, 1] as const).find((level) => stepMs % levels[level].widthMs === 0);
  return fitting ?? 0;
}

/** Time series of golden signals. Steps begin at multiples of the step's width since the epoch. */
export function seriesOf(buckets: Iterable<SignalBucket>, query: SeriesQuery): readonly Series[] {
  const groups = new Map<string, { readonly names: Omit<Series, 'points'>; readonly buckets: SignalBucket[] }>();
  for (const bucket of buckets) {
    const names = namesOf(bucket.key, query.by);
    const id = Object.values(names).join('\u0000');
    if (!groups.has(id)) groups.set(id, { names, buckets: [] });
    groups.get(id)!.buckets.push(bucket);
  }
  return [...groups.values()]
    .map((group) => ({ ...group.names, points: pointsOf(seenBy(group.buckets, query), query.stepMs) }))
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => compare(a, b));
}

function namesOf(key: SignalKey, by: SeriesGroup): Omit<Series, 'points'> {
  const namespace = key.destinationNamespace;
  if (by === 'workload') return { namespace, name: key.destinationWorkload };
  const name = serviceNameOf(key);
  if (by === 'service') return { namespace, name };
  return { namespace, name, sourceNamespace: key.sourceNamespace, sourceWorkload: key.sourceWorkload };
}

function seenBy(buckets: readonly SignalBucket[], { by, reporter }: SeriesQuery): readonly SignalBucket[] {
  const bothKnow = by === 'service' && buckets.some(({ key }) => key.reporter === 'destination');
  const wanted = reporter ?? (by === 'workload' || bothKnow ? 'destination' : 'source');
  return buckets.filter(({ key }) => key.reporter === wanted);
}

function pointsOf(buckets: readonly SignalBucket[], stepMs: number): SeriesPoint[] {
  const steps = Map.groupBy(buckets, ({ start }) => Math.floor(start / stepMs) * stepMs);
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([time, ofStep]) => ({ time, ...ratesOf(figuresOf(ofStep.map(({ tally }) => tally)), stepMs) }));
}

/** Figures with what they are a second. */
export function ratesOf(
  figures: SignalFigures,
  spanMs: number,
): SignalFigures & { readonly rate: number; readonly errorRate: number } {
  const count = figures.requests + figures.connections;
  return { ...figures, rate: (count * 1_000) / spanMs, errorRate: count === 0 ? 0 : figures.errors / count };
}

function compare(a: Series, b: Series): number {
  const text = ({ namespace, name, sourceNamespace = '', sourceWorkload = '' }: Series) =>
    [namespace, name, sourceNamespace, sourceWorkload].join('\u0000');
  return text(a) < text(b) ? -1 : 1;
}
