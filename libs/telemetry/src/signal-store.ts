import { isError, type AccessRecord, type ConnectionSecurity, type Reporter } from './access-record.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** Golden signals of one service pair, as one side saw it. */
export interface Signal {
  readonly sourceWorkload: string;
  readonly sourceNamespace: string;
  readonly destinationService: string;
  readonly destinationNamespace: string;
  readonly destinationSubset: string;
  readonly reporter: Reporter;
  readonly connectionSecurity: ConnectionSecurity;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly requestsByCode: Readonly<Record<string, number>>;
}

export interface SignalQuery {
  /** Milliseconds back from now; absent: everything that is kept. */
  readonly windowMs?: number;
  /** Source workload. */
  readonly source?: string;
  /** Destination service: its host or the first label of it. */
  readonly destination?: string;
}

export interface SignalStoreOptions {
  readonly now: () => number;
  /** Width of a time bucket in milliseconds; default 10 s. */
  readonly bucketMs?: number;
  /** How long signals are kept in milliseconds; default 1 hour. */
  readonly retentionMs?: number;
  /** Most pairs in one bucket; records of further pairs are counted as dropped. Default 10,000. */
  readonly maxPairs?: number;
}

type PairKey = Pick<
  Signal,
  | 'sourceWorkload'
  | 'sourceNamespace'
  | 'destinationService'
  | 'destinationNamespace'
  | 'destinationSubset'
  | 'reporter'
  | 'connectionSecurity'
>;

interface Tally {
  readonly key: PairKey;
  readonly byCode: Map<number, number>;
  readonly latency: LatencyHistogram;
}

/** Golden signals in memory, by time bucket and service pair; bounded in time and in pairs. */
export class SignalStore {
  readonly #now: () => number;
  readonly #bucketMs: number;
  readonly #retentionMs: number;
  readonly #maxPairs: number;
  /** Bucket number to its tallies; in order of time. */
  readonly #buckets = new Map<number, Map<string, Tally>>();
  #dropped = 0;

  constructor(options: SignalStoreOptions) {
    this.#now = options.now;
    this.#bucketMs = options.bucketMs ?? 10_000;
    this.#retentionMs = options.retentionMs ?? 3_600_000;
    this.#maxPairs = options.maxPairs ?? 10_000;
  }

  /** Records that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  record(record: AccessRecord): void {
    const bucket = this.#currentBucket();
    const id = pairId(record);
    let tally = bucket.get(id);
    if (tally === undefined) {
      if (bucket.size >= this.#maxPairs) {
        this.#dropped += 1;
        return;
      }
      tally = { key: pairKey(record), byCode: new Map(), latency: new LatencyHistogram() };
      bucket.set(id, tally);
    }
    tally.byCode.set(record.responseCode, (tally.byCode.get(record.responseCode) ?? 0) + 1);
    tally.latency.record(record.durationMs);
  }

  /** Signals per pair over a window, most requests first. */
  query(query: SignalQuery = {}): readonly Signal[] {
    const since = query.windowMs === undefined ? -Infinity : (this.#now() - query.windowMs) / this.#bucketMs - 1;
    const sums = new Map<string, Tally>();
    for (const [number, bucket] of this.#buckets) {
      if (number <= since) continue;
      for (const [id, tally] of bucket) if (matches(tally.key, query)) merge(sums, id, tally);
    }
    return [...sums.values()].map(toSignal).sort((a, b) => b.requests - a.requests);
  }

  #currentBucket(): Map<string, Tally> {
    const number = Math.floor(this.#now() / this.#bucketMs);
    const present = this.#buckets.get(number);
    if (present !== undefined) return present;
    const oldest = number - Math.ceil(this.#retentionMs / this.#bucketMs);
    for (const old of this.#buckets.keys()) if (old < oldest) this.#buckets.delete(old);
    const bucket = new Map<string, Tally>();
    this.#buckets.set(number, bucket);
    return bucket;
  }
}

function pairKey(record: AccessRecord): PairKey {
  const {
    sourceWorkload,
    sourceNamespace,
    destinationService,
    destinationNamespace,
    destinationSubset,
    reporter,
    connectionSecurity,
  } = record;
  return {
    sourceWorkload,
    sourceNamespace,
    destinationService,
    destinationNamespace,
    destinationSubset,
    reporter,
    connectionSecurity,
  };
}

function pairId(record: AccessRecord): string {
  return Object.values(pairKey(record)).join('\u0000');
}

function matches(key: PairKey, query: SignalQuery): boolean {
  if (query.source !== undefined && key.sourceWorkload !== query.source) return false;
  if (query.destination === undefined) return true;
  return key.destinationService === query.destination || key.destinationService.split('.')[0] === query.destination;
}

function merge(sums: Map<string, Tally>, id: string, tally: Tally): void {
  let sum = sums.get(id);
  if (sum === undefined) {
    sum = { key: tally.key, byCode: new Map(), latency: new LatencyHistogram() };
    sums.set(id, sum);
  }
  for (const [code, count] of tally.byCode) sum.byCode.set(code, (sum.byCode.get(code) ?? 0) + count);
  sum.latency.add(tally.latency);
}

function toSignal({ key, byCode, latency }: Tally): Signal {
  let errors = 0;
  for (const [code, count] of byCode) if (isError(code)) errors += count;
  return {
    ...key,
    requests: latency.count,
    errors,
    p50Ms: latency.quantile(0.5),
    p90Ms: latency.quantile(0.9),
    p99Ms: latency.quantile(0.99),
    requestsByCode: Object.fromEntries(
      [...byCode].sort(([a], [b]) => a - b).map(([code, count]) => [String(code), count]),
    ),
  };
}
