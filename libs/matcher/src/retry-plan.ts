import { lookupIn, type HeaderLookup } from '@malla/authz';
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

/** How a try can end without a response. */
export type ResetOutcome = Exclude<TryOutcome['kind'], 'response'>;

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

/** After what a route's retry policy asks for another try. */
export class RetryRules {
  readonly #tokens: ReadonlySet<string>;
  readonly #grpcStatuses: ReadonlySet<string>;
  readonly #codes: readonly number[];

  constructor(retry: Pick<RetryIr, 'retryOn' | 'retriableStatusCodes'>) {
    this.#tokens = new Set(retry.retryOn);
    this.#grpcStatuses = new Set(retry.retryOn.flatMap((token) => grpcStatusTokens[token] ?? []));
    this.#codes = retry.retriableStatusCodes;
  }

  /** Whether a response asks for it. Source: Envoy source/common/router/retry_state_impl.cc, wouldRetryFromHeaders. */
  afterResponse(status: number, headers: HeaderLookup): boolean {
    if (status >= 500 && this.#tokens.has('5xx')) return true;
    if (this.#tokens.has('gateway-error') && gatewayErrors.includes(status)) return true;
    if (status === 409 && this.#tokens.has('retriable-4xx')) return true;
    if (this.#tokens.has('retriable-status-codes') && this.#codes.includes(status)) return true;
    if (this.#grpcStatuses.size === 0) return false;
    const grpcStatus = headers.get('grpc-status');
    return grpcStatus !== undefined && this.#grpcStatuses.has(grpcStatus);
  }

  /** Whether a try without a response asks for it. `sent` (default true): the request was on its way. Source: the same, wouldRetryFromReset. */
  afterReset(kind: ResetOutcome, sent = true): boolean {
    if (kind === 'overflow') return false;
    const tokens = this.#tokens;
    if (tokens.has('reset') || tokens.has('5xx') || tokens.has('gateway-error')) return true;
    if (tokens.has('reset-before-request') && (kind === 'connect-failure' || !sent)) return true;
    if (kind === 'connect-failure') return tokens.has('connect-failure');
    return kind === 'refused-stream' && tokens.has('refused-stream');
  }
}

/** The plan of a route's retry policy; without one there is a single try. */
export function planRetries(retry: RetryIr | undefined): RetryPlan {
  if (retry === undefined) return { maxTries: 1, ignorePreviousHosts: false, retries: () => false };
  const rules = new RetryRules(retry);
  return {
    maxTries: retry.attempts + 1,
    ...(retry.perTryTimeoutMs === undefined ? {} : { perTryTimeoutMs: retry.perTryTimeoutMs }),
    ignorePreviousHosts: retry.ignorePreviousHosts,
    retries: (outcome) =>
      outcome.kind === 'response'
        ? rules.afterResponse(outcome.response.status, lookupIn(outcome.response.headers))
        : rules.afterReset(outcome.kind),
  };
}
