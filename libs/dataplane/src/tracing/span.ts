import type { TraceContext } from './trace-context.ts';

/** An attribute; all values are texts, as Envoy's are. */
export type SpanAttribute = readonly [name: string, value: string];

/** A span that is over. */
export interface FinishedSpan {
  readonly context: TraceContext;
  /** Empty: a root. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** Wall-clock milliseconds, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: readonly SpanAttribute[];
  /** Status of the response, 0 for none, and of gRPC: they say whether the span failed. */
  readonly status: number;
  readonly grpcStatus: number | undefined;
}

/** gRPC's statuses that are a server's failure. Source: OpenTelemetry's semantic conventions of gRPC spans; Envoy's HttpTracerUtility */
export const grpcFailures: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

/** Whether OpenTelemetry counts a status as a failure of that side. Source: semantic conventions of HTTP and gRPC spans, "Status" */
export function failed({
  status,
  grpcStatus = 0,
  kind,
}: Pick<FinishedSpan, 'status' | 'grpcStatus' | 'kind'>): boolean {
  if (kind === 'client') return status >= 400 || grpcStatus !== 0;
  return status >= 500 || grpcFailures.has(grpcStatus);
}
