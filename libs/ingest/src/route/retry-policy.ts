import type { RetryIr } from '@malla/ir';
import type { ForwardExtras } from '@malla/proxy-config';
import type {
  RetryPolicy,
  RetryPolicy_RetryHostPredicate,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { PreviousHostsPredicateSchema } from '@malla/protos/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';

/** A retry policy: what the IR has of it, and what is beyond. */
export interface RetryRules {
  /** Absent: no retries. */
  readonly retry?: RetryIr;
  readonly extras: Pick<
    ForwardExtras,
    | 'retryBackoffMaxMs'
    | 'hostSelectionRetryMaxAttempts'
    | 'perTryIdleTimeoutMs'
    | 'retriableHeaders'
    | 'retriableRequestHeaders'
  >;
}

/** Envoy's default. */
const backoffBaseMs = 25;

/** A route without a policy. */
export const noRetries: RetryRules = {
  extras: { hostSelectionRetryMaxAttempts: 1, retriableHeaders: [], retriableRequestHeaders: [] },
};

/** Envoy's retry policy of a route. */
export function readRetryPolicy(reader: FieldReader<RetryPolicy>): RetryRules {
  const attempts = reader.take('numRetries') ?? 1;
  const perTryTimeoutMs = reader.duration('perTryTimeout');
  const perTryIdleTimeoutMs = reader.duration('perTryIdleTimeout');
  const backoff = readBackoff(reader);
  const hostAttempts = Number(reader.take('hostSelectionRetryMaxAttempts'));
  const retry: RetryIr = {
    attempts,
    ...(perTryTimeoutMs !== undefined && { perTryTimeoutMs }),
    retryOn: reader
      .take('retryOn')
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== ''),
    retriableStatusCodes: reader.take('retriableStatusCodes'),
    backoffBaseMs: backoff.baseMs,
    ignorePreviousHosts: reader.messages('retryHostPredicate').map(readHostPredicate).includes('previous-hosts'),
  };
  return {
    ...(attempts > 0 && { retry }),
    extras: {
      hostSelectionRetryMaxAttempts: hostAttempts > 0 ? hostAttempts : 1,
      ...(backoff.maxMs !== undefined && { retryBackoffMaxMs: backoff.maxMs }),
      ...(perTryIdleTimeoutMs !== undefined && { perTryIdleTimeoutMs }),
      retriableHeaders: reader.messages('retriableHeaders').map(readHeaderMatch),
      retriableRequestHeaders: reader.messages('retriableRequestHeaders').map(readHeaderMatch),
    },
  };
}

/** Envoy takes less than a millisecond for one. */
function readBackoff(reader: FieldReader<RetryPolicy>): { baseMs: number; maxMs?: number } {
  const backoff = reader.message('retryBackOff');
  if (!backoff) return { baseMs: backoffBaseMs };
  const baseMs = Math.max(1, backoff.duration('baseInterval') ?? 0);
  const maxMs = backoff.duration('maxInterval');
  if (maxMs === undefined) return { baseMs };
  if (maxMs < baseMs) backoff.refuse('maxInterval', 'must be at least base_interval');
  return { baseMs, maxMs: Math.max(1, maxMs) };
}

function readHostPredicate(reader: FieldReader<RetryPolicy_RetryHostPredicate>): 'previous-hosts' | undefined {
  // Extensions are found by the type of their configuration; the name is for people.
  reader.ignore('name');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  const cases = [anyCase(PreviousHostsPredicateSchema, () => 'previous-hosts' as const)];
  return reader.oneof<'configType', 'previous-hosts'>('configType', { typedConfig: (any) => unpack(any, cases) });
}
