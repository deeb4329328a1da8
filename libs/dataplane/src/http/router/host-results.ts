import type { HostCounts } from '@malla/balancing';
import type { HeaderList, ResponseHead } from '@malla/http-codec';
import type { HostResult } from '../../runtime/upstream.ts';
import type { Stream } from '../stream/stream.ts';

/** What outlier detection hears, besides statuses. */
export const hostResults = {
  connectSuccess: { kind: 'connect-success' },
  connectFailed: { kind: 'connect-failed' },
  connectTimeout: { kind: 'connect-timeout' },
  reset: { kind: 'reset' },
  requestTimeout: { kind: 'request-timeout' },
} as const satisfies Record<string, HostResult>;

/** Counts an answer of a host by its head; those of gRPC by their status, which may come later. Source: Envoy's Filter::onUpstreamHeaders. */
export function countAnswer(counts: HostCounts, stream: Stream, head: ResponseHead, endStream: boolean): void {
  if (head.status >= 500) counts.failed++;
  else if (!stream.isGrpc) counts.succeeded++;
  else if (endStream) countGrpc(counts, head.headers);
}

/** The end of an answer of gRPC. */
export function countTrailers(counts: HostCounts, stream: Stream, trailers: HeaderList): void {
  if (stream.isGrpc && (stream.responseHead?.status ?? 0) < 500) countGrpc(counts, trailers);
}

function countGrpc(counts: HostCounts, fields: HeaderList): void {
  if (fields.first('grpc-status') === '0') counts.succeeded++;
  else counts.failed++;
}
