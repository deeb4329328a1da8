import type { HeaderList } from '@malla/http-codec';
import type { HttpStream } from '../stream/http-stream.ts';

/** How long a request may take, in milliseconds; 0: without a bound. */
export interface RequestTimeouts {
  /** From the end of the request to the end of the response, with all tries. */
  readonly totalMs: number;
  readonly perTryMs: number;
  /** gRPC's own deadline counts, and is told upstream. */
  readonly grpc: boolean;
}

/** Source: Envoy's FilterUtility::finalTimeout. Fields by which a client could set them do not get here from outside. */
export function requestTimeouts(stream: HttpStream): RequestTimeouts {
  const route = stream.route as NonNullable<HttpStream['route']>;
  const grpcMax = route.config.forward?.grpcTimeoutHeaderMaxMs;
  const grpc = stream.isGrpc && grpcMax !== undefined;
  // A bound for the whole stream takes the place of the route's timeout.
  const bounded = route.config.forward?.maxStreamDurationMs !== undefined;
  const totalMs = bounded ? 0 : grpc ? grpcTimeout(stream.head.headers, grpcMax) : (route.forward?.timeoutMs ?? 0);
  const perTryMs = route.retries?.perTryTimeoutMs ?? 0;
  return { totalMs, perTryMs: totalMs !== 0 && perTryMs >= totalMs ? 0 : perTryMs, grpc };
}

/** Tells upstream how long its answer is waited for. `elapsedMs` has gone since the request ended. */
export function setTimeoutHeaders(
  headers: HeaderList,
  timeouts: RequestTimeouts,
  { elapsedMs, envoyHeaders }: { readonly elapsedMs: number; readonly envoyHeaders: boolean },
): void {
  const { totalMs, perTryMs, grpc } = timeouts;
  let expected = perTryMs === 0 ? totalMs : perTryMs;
  if (expected === 0) return;
  // Zero would be without a bound.
  if (totalMs > 0) expected = elapsedMs >= totalMs ? 1 : Math.min(expected, totalMs - elapsedMs);
  const text = String(Math.trunc(expected));
  if (envoyHeaders) headers.set('x-envoy-expected-rq-timeout-ms', text);
  if (grpc) headers.set('grpc-timeout', formatGrpcTimeout(Math.trunc(expected)));
}

function grpcTimeout(headers: HeaderList, maxMs: number): number {
  const asked = parseGrpcTimeout(headers.first('grpc-timeout'));
  return maxMs !== 0 && (asked === 0 || asked > maxMs) ? maxMs : asked;
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000001 };

/** Milliseconds, rounded up; 0 for none or for what is none. Source: gRPC over HTTP/2, "Timeout". */
export function parseGrpcTimeout(value: string | undefined): number {
  if (value === undefined || !/^\d{1,8}[HMSmun]$/.test(value)) return 0;
  return Math.ceil(Number(value.slice(0, -1)) * (unitMs[value.slice(-1)] as number));
}

/** At most eight digits, so in a unit that is large enough. */
function formatGrpcTimeout(ms: number): string {
  if (ms < 100_000_000) return `${ms}m`;
  const seconds = Math.trunc(ms / 1000);
  return seconds < 100_000_000 ? `${seconds}S` : `${Math.trunc(seconds / 60)}M`;
}
