import type { CircuitBreakerConfig } from '@malla/proxy-config';
import type { CircuitBreakers, Limit } from './host.ts';

/** Which limit was reached; the names of {@link CircuitBreakers}. */
export type LimitKind = keyof CircuitBreakers;

/** A limit that also tells how far away it is: Envoy's `remaining_*` gauges. */
export interface MeasuredLimit extends Limit {
  /** 0 for a retry budget, which has no fixed limit. */
  readonly remaining: number;
}

export type MeasuredCircuitBreakers = { readonly [kind in LimitKind]: MeasuredLimit };

/**
 * Limits of one cluster and priority in one worker. `onOverflow` is told of every refused acquisition, for Envoy's `upstream_cx_overflow`,
 * `upstream_rq_pending_overflow` and `upstream_rq_retry_overflow`.
 */
export function createCircuitBreakers(
  config: CircuitBreakerConfig,
  onOverflow: (kind: LimitKind) => void,
): MeasuredCircuitBreakers {
  const pendingRequests = new FixedLimit(config.maxPendingRequests, 'pendingRequests', onOverflow);
  const requests = new FixedLimit(config.maxRequests, 'requests', onOverflow);
  return {
    connections: new FixedLimit(config.maxConnections, 'connections', onOverflow),
    pendingRequests,
    requests,
    retries: config.retryBudget
      ? new RetryBudget({ ...config.retryBudget, requests, pendingRequests }, onOverflow)
      : new FixedLimit(config.maxRetries, 'retries', onOverflow),
  };
}

abstract class CountedLimit implements MeasuredLimit {
  readonly #kind: LimitKind;
  readonly #onOverflow: (kind: LimitKind) => void;
  used = 0;

  protected constructor(kind: LimitKind, onOverflow: (kind: LimitKind) => void) {
    this.#kind = kind;
    this.#onOverflow = onOverflow;
  }

  protected abstract readonly max: number;
  abstract readonly remaining: number;

  get open(): boolean {
    return this.used >= this.max;
  }

  tryAcquire(): boolean {
    if (this.used >= this.max) {
      this.#onOverflow(this.#kind);
      return false;
    }
    this.used++;
    return true;
  }

  release(): void {
    if (this.used === 0) throw new Error(`released more ${this.#kind} than acquired`);
    this.used--;
  }
}

class FixedLimit extends CountedLimit {
  protected readonly max: number;

  constructor(max: number, kind: LimitKind, onOverflow: (kind: LimitKind) => void) {
    super(kind, onOverflow);
    this.max = max;
  }

  get remaining(): number {
    return this.max - this.used;
  }
}

interface RetryBudgetParams {
  readonly percent: number;
  readonly minConcurrency: number;
  readonly requests: Limit;
  readonly pendingRequests: Limit;
}

/** Retries may be a share of what is active and pending, but always a few. */
class RetryBudget extends CountedLimit {
  readonly remaining = 0;
  readonly #params: RetryBudgetParams;

  constructor(params: RetryBudgetParams, onOverflow: (kind: LimitKind) => void) {
    super('retries', onOverflow);
    this.#params = params;
  }

  protected get max(): number {
    const { percent, minConcurrency, requests, pendingRequests } = this.#params;
    return Math.max(Math.floor((percent / 100) * (requests.used + pendingRequests.used)), minConcurrency);
  }
}
