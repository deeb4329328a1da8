import type { AccessRecord, SignalKey } from './access-record.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** What was counted, as plain data; sums of it are made by {@link SignalTally}. */
export interface TallyData {
  /** Requests by HTTP status; empty for connections. */
  readonly requestsByCode: Readonly<Record<string, number>>;
  /** Failed requests or connections. */
  readonly errors: number;
  /** Closed TCP connections. */
  readonly connections: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** {@link LatencyHistogram.toPairs} of requests. */
  readonly latency: readonly number[];
}

/** What was counted for one key in one span of time. */
export interface SignalBucket {
  readonly key: SignalKey;
  /** Milliseconds since the epoch; the level that it is kept at tells its width. */
  readonly start: number;
  readonly tally: TallyData;
}

/** A running count. */
export class SignalTally {
  readonly #byCode = new Map<string, number>();
  readonly latency = new LatencyHistogram();
  errors = 0;
  connections = 0;
  bytesSent = 0;
  bytesReceived = 0;

  get requests(): number {
    return this.latency.count;
  }

  /** Sorted by status. */
  get requestsByCode(): Record<string, number> {
    return Object.fromEntries([...this.#byCode].sort(([a], [b]) => Number(a) - Number(b)));
  }

  record(record: AccessRecord): void {
    if (record.protocol === 'tcp') this.connections += 1;
    else {
      this.#count(String(record.responseCode), 1);
      this.latency.record(record.durationMs);
    }
    if (record.failed) this.errors += 1;
    this.bytesSent += record.bytesSent;
    this.bytesReceived += record.bytesReceived;
  }

  add(data: TallyData): void {
    for (const [code, count] of Object.entries(data.requestsByCode)) this.#count(code, count);
    this.latency.addPairs(data.latency);
    this.errors += data.errors;
    this.connections += data.connections;
    this.bytesSent += data.bytesSent;
    this.bytesReceived += data.bytesReceived;
  }

  toData(): TallyData {
    const { errors, connections, bytesSent, bytesReceived, requestsByCode } = this;
    return { requestsByCode, errors, connections, bytesSent, bytesReceived, latency: this.latency.toPairs() };
  }

  #count(code: string, count: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + count);
  }
}
