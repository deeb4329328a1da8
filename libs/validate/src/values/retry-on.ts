/**
 * Conditions that Envoy's router knows. Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter
 * (x-envoy-retry-on, x-envoy-retry-grpc-on).
 */
const conditions = new Set([
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'envoy-ratelimited', 'retriable-4xx'],
  ...['refused-stream', 'retriable-status-codes', 'retriable-headers', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'],
]);

/** All of them, for hints. */
export const retryConditions: readonly string[] = [...conditions];

/** The first part of a retryOn list that is neither a condition nor a status code, or undefined. */
export function unknownRetryCondition(retryOn: string): string | undefined {
  return retryOn
    .split(',')
    .map((part) => part.trim())
    .find((part) => !conditions.has(part) && !/^[1-5]\d\d$/.test(part));
}
