import type { SignalFilter } from './signal-key.ts';
import type { SignalBucket } from './signal-tally.ts';

/** Width of the buckets of each level, finest first. The first is written, the others are rolled up from the one before. */
export const levels = [
  { name: '10s', widthMs: 10_000 },
  { name: '1m', widthMs: 60_000 },
  { name: '1h', widthMs: 3_600_000 },
  { name: '1d', widthMs: 86_400_000 },
] as const;

/** Index into {@link levels}. */
export type Level = 0 | 1 | 2 | 3;

export const rolledUpLevels: readonly Level[] = [1, 2, 3];

/** The bucket of a level that a moment lies in: its start. */
export function bucketStart(level: Level, time: number): number {
  const { widthMs } = levels[level];
  return Math.floor(time / widthMs) * widthMs;
}

/** A span of time: from, inclusive, to, exclusive; milliseconds since the epoch. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface ReadOptions extends SignalFilter {
  /** Buckets of the first level that this writer made from this start on are left out: the writer adds them itself. */
  readonly without?: { readonly writer: string; readonly from: number };
}

/**
 * Where buckets are kept, by several writers at a time. Every method rejects with `unavailable` while the store is out of
 * reach, and may be called again.
 */
export interface TelemetryStore {
  /**
   * Writes buckets of the first level. What the same writer wrote before for the same key and start is replaced, so that a
   * repeated write counts once. Marks the windows of higher levels around them as due.
   */
  write(writer: string, buckets: readonly SignalBucket[]): Promise<void>;
  /** Buckets of one level that start in the span, summed over writers; in no order. Due windows may be missing or old. */
  read(level: Level, span: TimeSpan, options?: ReadOptions): Promise<readonly SignalBucket[]>;
  /** Starts of the windows of a level in the span that must be rolled up (again), oldest first. Empty for the first level. */
  due(level: Level, span: TimeSpan, limit?: number): Promise<readonly number[]>;
  /**
   * Makes a window anew from the level below. False if there was nothing to do: it is not due, another process is at it, or
   * the level below is itself due there.
   */
  rollUp(level: Level, start: number): Promise<boolean>;
  /** Removes buckets of a level that start before a moment; those whose rollup is due stay. Resolves to their number. */
  expire(level: Level, before: number): Promise<number>;
}
