import type { AccessRecord, SignalKey } from './access-record.ts';
import { signalKeyId, signalKeyOf } from './signal-key.ts';
import { SignalTally, type SignalBucket } from './signal-tally.ts';
import { bucketStart } from './telemetry-store.ts';

export interface SignalRecorderParams {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Most keys in one bucket; records of further keys are counted as dropped. Default 10,000. */
  readonly maxPairs?: number;
  /** Most sums that may wait for the store, over all buckets; then the oldest buckets go. Default 200,000. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly start: number;
  readonly sums: ReadonlyMap<string, { readonly key: SignalKey; readonly tally: SignalTally }>;
}

type OpenBucket = Map<string, { readonly key: SignalKey; readonly tally: SignalTally }>;

/** Counts records by ten seconds and key, until a store has them. */
export class SignalRecorder {
  readonly #now: () => number;
  readonly #maxPairs: number;
  readonly #maxWaiting: number;
  #open: { readonly start: number; readonly sums: OpenBucket } | undefined;
  /** Closed buckets that no store has confirmed, oldest first. */
  #waiting: Waiting[] = [];
  #dropped = 0;
  #lost = 0;

  constructor({ now, maxPairs = 10_000, maxWaiting = 200_000 }: SignalRecorderParams) {
    this.#now = now;
    this.#maxPairs = maxPairs;
    this.#maxWaiting = maxWaiting;
  }

  /** Records that found no room in their bucket. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Requests and connections that were counted, and lost because the store was away for too long. */
  get lost(): number {
    return this.#lost;
  }

  /** Sums that wait for the store. */
  get waiting(): number {
    return this.#waiting.reduce((sum, { sums }) => sum + sums.size, 0);
  }

  record(record: AccessRecord): void {
    const key = signalKeyOf(record);
    const id = signalKeyId(key);
    const { sums } = this.#bucket();
    let sum = sums.get(id);
    if (sum === undefined) {
      if (sums.size >= this.#maxPairs) {
        this.#dropped += 1;
        return;
      }
      sums.set(id, (sum = { key, tally: new SignalTally() }));
    }
    sum.tally.record(record);
  }

  /** Closed buckets for the store; they stay until {@link SignalRecorder.stored} is called with the same. */
  closed(): readonly SignalBucket[] {
    this.#close(bucketStart(0, this.#now()));
    return this.#waiting.flatMap(dataOf);
  }

  /** Forgets closed buckets that a store has now: all that {@link SignalRecorder.closed} gave. */
  stored(buckets: readonly SignalBucket[]): void {
    const starts = new Set(buckets.map(({ start }) => start));
    this.#waiting = this.#waiting.filter(({ start }) => !starts.has(start));
  }

  /** Ends the open bucket too: the process is ending. */
  finish(): readonly SignalBucket[] {
    this.#close(Infinity);
    return this.#waiting.flatMap(dataOf);
  }

  /** Everything that no store has confirmed, the open bucket included. */
  unstored(): readonly SignalBucket[] {
    return [...this.#waiting, ...(this.#open === undefined ? [] : [this.#open])].flatMap(dataOf);
  }

  #bucket(): { readonly start: number; readonly sums: OpenBucket } {
    const start = bucketStart(0, this.#now());
    this.#close(start);
    return (this.#open ??= { start, sums: new Map() });
  }

  /** Closes the open bucket if it is before the one that starts then; a clock that goes back opens no second one. */
  #close(start: number): void {
    if (this.#open === undefined || this.#open.start >= start) return;
    this.#waiting.push(this.#open);
    this.#open = undefined;
    while (this.waiting > this.#maxWaiting) {
      for (const { tally } of this.#waiting.shift()?.sums.values() ?? [])
        this.#lost += tally.requests + tally.connections;
    }
  }
}

function dataOf({ start, sums }: Waiting): SignalBucket[] {
  return [...sums.values()].map(({ key, tally }) => ({ key, start, tally: tally.toData() }));
}
