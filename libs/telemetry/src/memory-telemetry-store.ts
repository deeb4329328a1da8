import { matchesFilter, signalKeyId } from './signal-key.ts';
import { sumBuckets } from './sum-buckets.ts';
import type { SignalBucket } from './signal-tally.ts';
import {
  bucketStart,
  levels,
  rolledUpLevels,
  type Level,
  type ReadOptions,
  type TelemetryStore,
  type TimeSpan,
} from './telemetry-store.ts';

interface Row {
  readonly writer: string;
  readonly bucket: SignalBucket;
}

/** Buckets in memory, for a mesh without a database: they end with the process. */
export class MemoryTelemetryStore implements TelemetryStore {
  readonly #rows: readonly Map<number, Map<string, Row>>[] = levels.map(() => new Map());
  readonly #due: readonly Set<number>[] = levels.map(() => new Set());

  async write(writer: string, buckets: readonly SignalBucket[]): Promise<void> {
    for (const bucket of buckets) {
      this.#put(0, writer, bucket);
      for (const level of rolledUpLevels) this.#due[level]!.add(bucketStart(level, bucket.start));
    }
    return Promise.resolve();
  }

  async read(level: Level, span: TimeSpan, options: ReadOptions = {}): Promise<readonly SignalBucket[]> {
    return Promise.resolve(this.#read(level, span, options));
  }

  async due(level: Level, { from, to }: TimeSpan, limit = Infinity): Promise<readonly number[]> {
    const starts = [...this.#due[level]!].filter((start) => start >= from && start < to).sort((a, b) => a - b);
    return Promise.resolve(starts.slice(0, limit));
  }

  async rollUp(level: Level, start: number): Promise<boolean> {
    const end = start + levels[level].widthMs;
    const below = (level - 1) as Level;
    const waits = [...this.#due[below]!].some((each) => each >= start && each < end);
    if (waits || !this.#due[level]!.delete(start)) return Promise.resolve(false);
    const sums = sumBuckets(this.#read(below, { from: start, to: end }, {}), () => start);
    this.#rows[level]!.delete(start);
    for (const bucket of sums) this.#put(level, '', bucket);
    return Promise.resolve(true);
  }

  async expire(level: Level, before: number): Promise<number> {
    const above = (level + 1) as Level;
    let removed = 0;
    for (const [start, rows] of this.#rows[level]!) {
      if (start >= before || this.#due[above]?.has(bucketStart(above, start)) === true) continue;
      removed += rows.size;
      this.#rows[level]!.delete(start);
    }
    return Promise.resolve(removed);
  }

  #read(level: Level, { from, to }: TimeSpan, options: ReadOptions): readonly SignalBucket[] {
    const { without } = options;
    const found: SignalBucket[] = [];
    for (const [start, rows] of this.#rows[level]!) {
      if (start < from || start >= to) continue;
      for (const { writer, bucket } of rows.values()) {
        if (without !== undefined && writer === without.writer && start >= without.from) continue;
        if (matchesFilter(bucket.key, options)) found.push(bucket);
      }
    }
    return sumBuckets(found, (start) => start);
  }

  #put(level: Level, writer: string, bucket: SignalBucket): void {
    let rows = this.#rows[level]!.get(bucket.start);
    if (rows === undefined) this.#rows[level]!.set(bucket.start, (rows = new Map()));
    rows.set(`${writer}\u0000${signalKeyId(bucket.key)}`, { writer, bucket });
  }
}
