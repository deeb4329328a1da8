import type { SignalKey } from './access-record.ts';
import { signalKeyId } from './signal-key.ts';
import { sumBuckets } from './sum-buckets.ts';
import { SignalTally, type SignalBucket } from './signal-tally.ts';

/** What was counted, with what it says. */
export interface SignalFigures {
  /** Requests; 0 for TCP. */
  readonly requests: number;
  /** Failed requests or connections. */
  readonly errors: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly requestsByCode: Readonly<Record<string, number>>;
  /** TCP connections that were closed. */
  readonly connections: number;
  /** From source to destination, and back. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Golden signals of one pair, as one side saw it. */
export interface Signal extends SignalKey, SignalFigures {}

/** Signals for each pair, most requests first; what is equal there always in the same order. */
export function signalsOf(buckets: Iterable<SignalBucket>): readonly Signal[] {
  return sumBuckets(buckets, () => 0)
    .map(({ key, tally }) => ({ id: signalKeyId(key), signal: { ...key, ...figuresOf([tally]) } }))
    .sort(
      (a, b) =>
        b.signal.requests - a.signal.requests || b.signal.connections - a.signal.connections || (a.id < b.id ? -1 : 1),
    )
    .map(({ signal }) => signal);
}

/** The figures of several counts together. */
export function figuresOf(tallies: Iterable<SignalBucket['tally']>): SignalFigures {
  const sum = new SignalTally();
  for (const tally of tallies) sum.add(tally);
  const { requests, errors, requestsByCode, connections, bytesSent, bytesReceived, latency } = sum;
  return {
    requests,
    errors,
    p50Ms: latency.quantile(0.5),
    p90Ms: latency.quantile(0.9),
    p99Ms: latency.quantile(0.99),
    requestsByCode,
    connections,
    bytesSent,
    bytesReceived,
  };
}
