import { createHash } from 'node:crypto';
import { signalKeyFields, signalKeyId, type SignalBucket, type SignalKey } from '@malla/telemetry';

/** A row of SignalBucket, joined with its SignalPair. */
export interface BucketRow extends SignalKey {
  readonly start: bigint;
  readonly requestsByCode: Record<string, number>;
  readonly errors: bigint;
  readonly connections: bigint;
  readonly bytesSent: bigint;
  readonly bytesReceived: bigint;
  readonly latency: number[];
}

/** The id of a pair: the same for the same fields, in every process and version. */
export function pairIdOf(key: SignalKey): string {
  return createHash('sha256').update(signalKeyId(key)).digest('base64url');
}

export function bucketOfRow(row: BucketRow): SignalBucket {
  const key = Object.fromEntries(signalKeyFields.map((field) => [field, row[field]])) as unknown as SignalKey;
  return {
    key,
    start: Number(row.start),
    tally: {
      requestsByCode: row.requestsByCode,
      errors: Number(row.errors),
      connections: Number(row.connections),
      bytesSent: Number(row.bytesSent),
      bytesReceived: Number(row.bytesReceived),
      latency: row.latency,
    },
  };
}

/** Rows for `jsonb_to_recordset`: one of SignalBucket each. */
export function bucketRows(buckets: readonly SignalBucket[], pairIds: ReadonlyMap<SignalBucket, string>): string {
  return JSON.stringify(
    buckets.map((bucket) => ({ start: bucket.start, pairId: pairIds.get(bucket), ...bucket.tally })),
  );
}

/** Rows for `jsonb_to_recordset`: one of SignalPair for each different key. */
export function pairRows(buckets: readonly SignalBucket[], pairIds: ReadonlyMap<SignalBucket, string>): string {
  const pairs = new Map(buckets.map((bucket) => [pairIds.get(bucket), bucket.key]));
  return JSON.stringify([...pairs].map(([id, key]) => ({ id, ...key })));
}
