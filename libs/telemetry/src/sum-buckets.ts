import type { SignalKey } from './access-record.ts';
import { signalKeyId } from './signal-key.ts';
import { SignalTally, type SignalBucket } from './signal-tally.ts';

/** Adds buckets up whose key is the same and whose start goes into the same new start. */
export function sumBuckets(
  buckets: Iterable<SignalBucket>,
  newStart: (start: number) => number,
): readonly SignalBucket[] {
  const sums = new Map<string, { key: SignalKey; start: number; tally: SignalTally }>();
  for (const { key, start: before, tally } of buckets) {
    const start = newStart(before);
    const id = `${start}\u0000${signalKeyId(key)}`;
    let sum = sums.get(id);
    if (sum === undefined) sums.set(id, (sum = { key, start, tally: new SignalTally() }));
    sum.tally.add(tally);
  }
  return [...sums.values()].map(({ key, start, tally }) => ({ key, start, tally: tally.toData() }));
}
