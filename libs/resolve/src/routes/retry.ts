import type { RetryIr } from '@malla/ir';
import { parseDuration, type HttpRoute } from '@malla/model';
import type { DefaultRetry } from '@malla/snapshot';

/** Envoy's own base interval, which Istio leaves as it is. Source: config.route.v3.RetryPolicy.RetryBackOff. */
const defaultBackoffMs = 25;
const statusCodesToken = 'retriable-status-codes';

/**
 * Retries of a route. What a route does not say is the mesh's default, but attempts: 0, also where it is left out, switches retries off. With consistent hashing the same host is
 * tried again, unless the route says otherwise. Source: Istio pilot/pkg/networking/core/route/retry.
 */
export function resolveRetry(
  retries: HttpRoute['retries'],
  fallback: DefaultRetry,
  consistentHash: boolean,
): RetryIr | undefined {
  const attempts = retries === undefined ? fallback.attempts : (retries.attempts ?? 0);
  if (attempts <= 0) return undefined;
  const perTryTimeoutMs = retries?.perTryTimeout === undefined ? undefined : parseDuration(retries.perTryTimeout);
  return {
    attempts,
    ...(perTryTimeoutMs === undefined ? {} : { perTryTimeoutMs }),
    ...parseRetryOn(retries?.retryOn === undefined || retries.retryOn === '' ? fallback.retryOn : retries.retryOn),
    backoffBaseMs: (retries?.backoff === undefined ? undefined : parseDuration(retries.backoff)) ?? defaultBackoffMs,
    ignorePreviousHosts: retries?.retryIgnorePreviousHosts ?? !consistentHash,
  };
}

/** Numbers are status codes to retry on, and imply the token that makes Envoy look at them. */
function parseRetryOn(text: string): Pick<RetryIr, 'retryOn' | 'retriableStatusCodes'> {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const codes = parts.filter((part) => /^[1-5]\d\d$/.test(part)).map(Number);
  const tokens = parts.filter((part) => !/^\d+$/.test(part));
  const retryOn = codes.length > 0 && !tokens.includes(statusCodesToken) ? [...tokens, statusCodesToken] : tokens;
  return { retryOn, retriableStatusCodes: codes };
}
