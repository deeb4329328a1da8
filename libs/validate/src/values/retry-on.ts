import { didYouMean } from '@malla/model';
import { complaint, quoted, type Complaint } from './complaint.ts';
import { isAssignedStatus } from './statuses.ts';

/**
 * Conditions that Envoy's router knows. Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter
 * (x-envoy-retry-on, x-envoy-retry-grpc-on).
 */
const conditions = [
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'envoy-ratelimited', 'retriable-4xx'],
  ...['refused-stream', 'retriable-status-codes', 'retriable-headers', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'],
];

/** What is wrong with a list of conditions for retries, or undefined. */
export function retryOnProblem(retryOn: string): Complaint | undefined {
  for (const part of retryOn.split(',')) {
    if (conditions.includes(part) || (/^\d{3}$/.test(part) && isAssignedStatus(Number(part)))) continue;
    const trimmed = part.trim();
    const hint =
      trimmed !== part && trimmed !== ''
        ? 'leave out the spaces'
        : (didYouMean(part, conditions) ?? `known: ${conditions.join(', ')} and status codes`);
    return complaint(`is not a condition for retries: ${quoted(part)}`, hint);
  }
  return undefined;
}
