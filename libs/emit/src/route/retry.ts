import type { RetryIr } from '@malla/ir';
import { PreviousHostsPredicateSchema } from '@malla/protos/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb';
import { duration } from '../wire/duration.ts';
import { extension } from '../wire/typed-config.ts';

/** How often Envoy looks for another host before it takes one that was tried. Istio's number. */
const hostSelectionAttempts = 5n;

/** Envoy's retry policy of a route. */
export function retryPolicy(retry: RetryIr) {
  return {
    retryOn: retry.retryOn.join(','),
    numRetries: retry.attempts,
    ...(retry.perTryTimeoutMs !== undefined && { perTryTimeout: duration(retry.perTryTimeoutMs) }),
    retriableStatusCodes: [...retry.retriableStatusCodes],
    // The longest wait is ten times the base, as Envoy has it by default.
    retryBackOff: { baseInterval: duration(retry.backoffBaseMs) },
    ...(retry.ignorePreviousHosts && {
      retryHostPredicate: [extension('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {})],
      hostSelectionRetryMaxAttempts: hostSelectionAttempts,
    }),
  };
}
