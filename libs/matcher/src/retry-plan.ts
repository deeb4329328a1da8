import type { RetryIr } from '@malla/ir';
import type { HttpResponse } from './request.ts';

/** What became of one try. */
export type TryOutcome =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  /** No connection, or no TLS handshake. */
  | { readonly kind: 'connect-failure' }
  /** The connection ended before a response. */
  | { readonly kind: 'reset' }
  /** HTTP/2 REFUSED_STREAM: the peer has not looked at the request. */
  | { readonly kind: 'refused-stream' }
  | { readonly kind: 'per-try-timeout' }
  /** The connection pool was full; never retried. */
  | { readonly kind: 'overflow' };

/** How often and after what a request is tried again. */
export interface RetryPlan {
  /** Tries at most, the first one included. */
  readonly maxTries: number;
  readonly perTryTimeoutMs?: number;
  /** Prefer an endpoint that was not tried yet. */
  readonly ignorePreviousHosts: boolean;
  /** Whether the policy asks for another try after this outcome. */
  readonly retries: (outcome: TryOutcome) => boolean;
}

/** gRPC statuses that `retry_on` names. Source: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const grpcStatusTokens: Readonly<Record<string, string>> = {
  cancelled: '1',
  'deadline-exceeded': '4',
  'resource-exhausted': '8',
  internal: '13',
  unavailable: '14',
};

const gatewayErrors = [502, 503, 504];

/** The plan of a route's retry policy; without one there is a single try. */
export function planRetries(retry: RetryIr | undefined): RetryPlan {
  if (retry === undefined) return { maxTries: 1, ignorePreviousHosts: false, retries: () => false };
  const tokens = new Set(retry.retryOn);
  const grpcStatuses = new Set(retry.retryOn.flatMap((token) => grpcStatusTokens[token] ?? []));
  return {
    maxTries: retry.attempts + 1,
    ...(retry.perTryTimeoutMs === undefined ? {} : { perTryTimeoutMs: retry.perTryTimeoutMs }),
    ignorePreviousHosts: retry.ignorePreviousHosts,
    retries: (outcome) =>
      outcome.kind === 'response'
        ? retriesResponse(outcome.response, { tokens, grpcStatuses, codes: retry.retriableStatusCodes })
        : retriesReset(outcome.kind, tokens),
  };
}

function retriesResponse(
  { status, headers }: HttpResponse,
  on: { tokens: ReadonlySet<string>; grpcStatuses: ReadonlySet<string>; codes: readonly number[] },
): boolean {
  if (on.tokens.has('5xx') && status >= 500) return true;
  if (on.tokens.has('gateway-error') && gatewayErrors.includes(status)) return true;
  if (on.tokens.has('retriable-4xx') && status === 409) return true;
  if (on.tokens.has('retriable-status-codes') && on.codes.includes(status)) return true;
  const grpcStatus = headers['grpc-status'];
  return grpcStatus !== undefined && on.grpcStatuses.has(grpcStatus);
}

/** Source: Envoy source/common/router/retry_state_impl.cc, wouldRetryFromReset. */
function retriesReset(kind: Exclude<TryOutcome['kind'], 'response'>, tokens: ReadonlySet<string>): boolean {
  if (kind === 'overflow') return false;
  if (tokens.has('reset') || tokens.has('5xx') || tokens.has('gateway-error')) return true;
  if (kind === 'connect-failure') return tokens.has('connect-failure') || tokens.has('reset-before-request');
  return kind === 'refused-stream' && tokens.has('refused-stream');
}
