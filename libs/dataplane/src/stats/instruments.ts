import type { Counter, Gauge, Histogram } from '../runtime/instruments.ts';

/**
 * Upper bounds of histogram buckets, in the histogram's own unit; one more bucket takes everything above.
 * Source: Envoy's HistogramSettingsImpl::defaultBuckets.
 */
export const bucketBounds: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** Cells of a histogram: its buckets, the one above them, and the sum. */
export const histogramCells = bucketBounds.length + 2;
const above = bucketBounds.length;
const sum = bucketBounds.length + 1;

/** A counter in one cell of a chunk. Chunks never move, so an instrument reads no table. */
export class CounterCell implements Counter {
  readonly cells: Float64Array;
  readonly index: number;

  constructor(cells: Float64Array, index: number) {
    this.cells = cells;
    this.index = index;
  }

  inc(by = 1): void {
    (this.cells[this.index] as number) += by;
  }
}

/** A gauge in one cell. Minus zero stands for one that was never written (`usedonly`). */
export class GaugeCell implements Gauge {
  readonly cells: Float64Array;
  readonly index: number;

  constructor(cells: Float64Array, index: number) {
    this.cells = cells;
    this.index = index;
    cells[index] = -0;
  }

  inc(by = 1): void {
    (this.cells[this.index] as number) += by;
  }

  dec(by = 1): void {
    (this.cells[this.index] as number) -= by;
  }

  set(value: number): void {
    // Zero plus minus zero is zero: it counts as written from now on.
    this.cells[this.index] = value + 0;
  }
}

/** Counts by bucket, not cumulative, and the sum of all values. */
export class HistogramCell implements Histogram {
  readonly cells = new Float64Array(histogramCells);

  record(value: number): void {
    const { cells } = this;
    let bucket = 0;
    while (bucket < above && value > (bucketBounds[bucket] as number)) bucket++;
    (cells[bucket] as number) += 1;
    (cells[sum] as number) += value;
  }
}

/** How many values cells of a histogram hold. */
export function countOf(cells: Float64Array): number {
  let count = 0;
  for (let i = 0; i <= above; i++) count += cells[i] as number;
  return count;
}

export function sumOf(cells: Float64Array): number {
  return cells[sum] as number;
}

/** Value below which a share of the values lies, interpolated in its bucket; 0 without values. */
export function quantileOf(cells: Float64Array, share: number): number {
  const count = countOf(cells);
  if (count === 0) return 0;
  const wanted = share * count;
  let seen = 0;
  for (let i = 0; i < above; i++) {
    const inBucket = cells[i] as number;
    if (inBucket > 0 && seen + inBucket >= wanted) {
      const low = i === 0 ? 0 : (bucketBounds[i - 1] as number);
      return low + ((bucketBounds[i] as number) - low) * Math.max(0, (wanted - seen) / inBucket);
    }
    seen += inBucket;
  }
  return bucketBounds[above - 1] as number;
}
