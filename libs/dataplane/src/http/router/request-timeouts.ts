import type { HeaderList } from '@malla/http-codec';
import type { Stream } from '../stream/stream.ts';

/** How long a request may take, in milliseconds; 0: without a bound. */
export interface RequestTimeouts {
  /** From the end of the request to the end of the response, with all tries. */
  readonly totalMs: number;
  readonly perTryMs: number;
}

/** Source: Envoy's FilterUtility::finalTimeout. Fields by which a client could set them do not get here from outside. */
export function requestTimeouts({ route }: Stream): RequestTimeouts {
  const extras = route?.config.forward;
  // A bound for the whole stream takes the place of the route's timeout.
  const bounded = extras?.maxStreamDurationMs !== undefined || extras?.grpcTimeoutHeaderMaxMs !== undefined;
  const totalMs = bounded ? 0 : (route?.forward?.timeoutMs ?? 0);
  const perTryMs = route?.retries?.perTryTimeoutMs ?? 0;
  return { totalMs, perTryMs: totalMs !== 0 && perTryMs >= totalMs ? 0 : perTryMs };
}

/** Tells upstream how long its answer is waited for. `elapsedMs` has gone since the request ended. */
export function setTimeoutHeader(headers: HeaderList, { totalMs, perTryMs }: RequestTimeouts, elapsedMs: number): void {
  let expected = perTryMs === 0 ? totalMs : perTryMs;
  if (expected === 0) return;
  // Zero would be without a bound.
  if (totalMs > 0) expected = elapsedMs >= totalMs ? 1 : Math.min(expected, totalMs - elapsedMs);
  headers.set('x-envoy-expected-rq-timeout-ms', String(Math.trunc(expected)));
}
