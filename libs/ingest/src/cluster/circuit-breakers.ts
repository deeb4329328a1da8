import type { CircuitBreakerConfig } from '@malla/proxy-config';
import { RoutingPriority } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type {
  CircuitBreakers,
  CircuitBreakers_Thresholds,
  CircuitBreakers_Thresholds_RetryBudget,
} from '@malla/protos/gen/envoy/config/cluster/v3/circuit_breaker_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';

/** Envoy's defaults. */
const defaults: CircuitBreakerConfig = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  trackRemaining: false,
};

const priorities = { [RoutingPriority.DEFAULT]: 'default', [RoutingPriority.HIGH]: 'high' } as const;

/** Limits of a cluster by priority. */
export function readCircuitBreakers(reader: FieldReader<CircuitBreakers> | undefined): {
  limits: CircuitBreakerConfig;
  highPriorityLimits: CircuitBreakerConfig;
} {
  const found = new Map<'default' | 'high', CircuitBreakerConfig>();
  for (const threshold of reader?.messages('thresholds') ?? []) {
    const priority = threshold.choice('priority', priorities) ?? 'default';
    const limits = readThresholds(threshold);
    // Of two for one priority Envoy heeds the first alone, which nobody can mean.
    if (found.has(priority)) threshold.reading.report(threshold.path, `priority ${priority} is there twice`);
    found.set(priority, limits);
  }
  return { limits: found.get('default') ?? defaults, highPriorityLimits: found.get('high') ?? defaults };
}

function readThresholds(reader: FieldReader<CircuitBreakers_Thresholds>): CircuitBreakerConfig {
  const budget = reader.message('retryBudget');
  return {
    maxConnections: reader.take('maxConnections') ?? defaults.maxConnections,
    maxPendingRequests: reader.take('maxPendingRequests') ?? defaults.maxPendingRequests,
    maxRequests: reader.take('maxRequests') ?? defaults.maxRequests,
    maxRetries: reader.take('maxRetries') ?? defaults.maxRetries,
    ...(budget && { retryBudget: readBudget(budget) }),
    trackRemaining: reader.take('trackRemaining'),
  };
}

function readBudget(
  reader: FieldReader<CircuitBreakers_Thresholds_RetryBudget>,
): NonNullable<CircuitBreakerConfig['retryBudget']> {
  return {
    percent: readPercent(reader.message('budgetPercent')) ?? 20,
    minConcurrency: reader.take('minRetryConcurrency') ?? 3,
  };
}
