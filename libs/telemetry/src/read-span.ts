import type { SignalBucket } from './signal-tally.ts';
import type { Retention } from './roll-up.ts';
import {
  bucketStart,
  levels,
  type Level,
  type ReadOptions,
  type TelemetryStore,
  type TimeSpan,
} from './telemetry-store.ts';

export interface ReadSpanParams {
  readonly store: Pick<TelemetryStore, 'read' | 'due'>;
  readonly span: TimeSpan;
  /** No coarser level than this: the step of a series. Default: the coarsest. */
  readonly coarsest?: Level;
  readonly retention: Retention;
  readonly now: number;
  readonly options?: ReadOptions;
}

/**
 * Buckets of a span, each moment from one level only: the coarsest that fits wholly, finer ones at the edges and where a
 * rollup is due. Where the finer level is past its retention, the coarse bucket around the edge is taken as it is.
 */
export async function readSpan(params: ReadSpanParams): Promise<readonly SignalBucket[]> {
  const { span, coarsest = 3 } = params;
  return span.from >= span.to ? [] : readLevel(params, coarsest, span);
}

async function readLevel(params: ReadSpanParams, level: Level, span: TimeSpan): Promise<readonly SignalBucket[]> {
  const { store, options } = params;
  if (level === 0) return store.read(0, alignedOut(0, span), options);
  const finer = (level - 1) as Level;
  // What the finer level has lost is taken from here, with the whole bucket around the edge.
  const keptFrom = params.now - params.retention[finer];
  const from = span.from < keptFrom ? bucketStart(level, span.from) : roundUp(level, span.from);
  const lastEdge = bucketStart(level, span.to);
  const to = Math.max(lastEdge, span.from) < keptFrom ? roundUp(level, span.to) : lastEdge;
  if (from >= to) return readLevel(params, finer, span);
  const due = await store.due(level, { from, to });
  const skipped = new Set(due);
  const whole = await store.read(level, { from, to }, options);
  const rest = [
    { from: span.from, to: Math.min(from, span.to) },
    ...joined(level, due).map((part) => ({ from: Math.max(part.from, span.from), to: Math.min(part.to, span.to) })),
    { from: Math.max(to, span.from), to: span.to },
  ];
  const parts = [whole.filter(({ start }) => !skipped.has(start))];
  for (const part of rest) if (part.from < part.to) parts.push([...(await readLevel(params, finer, part))]);
  return parts.flat();
}

function roundUp(level: Level, time: number): number {
  return bucketStart(level, time + levels[level].widthMs - 1);
}

function alignedOut(level: Level, { from, to }: TimeSpan): TimeSpan {
  return { from: bucketStart(level, from), to: roundUp(level, to) };
}

/** Windows that follow each other as one span. */
function joined(level: Level, starts: readonly number[]): TimeSpan[] {
  const { widthMs } = levels[level];
  const spans: { from: number; to: number }[] = [];
  for (const start of starts) {
    const last = spans.at(-1);
    if (last?.to === start) last.to = start + widthMs;
    else spans.push({ from: start, to: start + widthMs });
  }
  return spans;
}
