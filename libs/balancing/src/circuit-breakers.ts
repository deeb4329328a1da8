import type { CircuitBreakerConfig } from '@malla/proxy-config';
import type { CircuitBreakers, Limit } from './host.ts';

/** Which limit was reached; the names of {@link CircuitBreakers}. */
export type LimitKind = keyof CircuitBreakers;

/** A limit that also tells how far away it is: Envoy's `remaining_*` gauges. */
export interface MeasuredLimit extends Limit {
  /** 0 for a retry budget, which has no fixed limit. */
  readonly remaining: number;
}

export type MeasuredCircuitBreakers = { readonly [kind in LimitKind]: MeasuredLimit } & {
  /** From now on it is nobody's count but its own: the cluster is gone, or has been replaced, and others use the memory. */
  detach(): void;
};

/**
 * Memory in which all workers count what they have of one cluster's limits: {@link limitCells} for each of them. A worker writes its own cells alone and reads
 * the others', so that nothing has to be locked; two of them may take the last unit at once, as in Envoy.
 */
export interface SharedLimits {
  readonly cells: Int32Array;
  /** Where those of the first worker begin. */
  readonly at: number;
  readonly workers: number;
  /** Which of the workers this is. */
  readonly own: number;
}

const kinds = ['connections', 'pendingRequests', 'requests', 'retries'] as const;

/** Cells of one worker: a cache line of its own, because each writes its cells with every request. */
export const limitCells = 16;

/** Limits from here on are never reached: they need not be shared. */
const unlimited = 0x7fffffff;

/**
 * Limits of one cluster and priority, of all workers together where they share memory. `onOverflow` is told of every refused acquisition, for Envoy's
 * `upstream_cx_overflow`, `upstream_rq_pending_overflow` and `upstream_rq_retry_overflow`.
 */
export function createCircuitBreakers(
  config: CircuitBreakerConfig,
  onOverflow: (kind: LimitKind) => void,
  shared?: SharedLimits,
): MeasuredCircuitBreakers {
  const { retryBudget } = config;
  const params = (kind: LimitKind, isShared: boolean) => ({ kind, onOverflow, shared: isShared ? shared : undefined });
  const fixed = (kind: LimitKind, max: number, always = false) =>
    new FixedLimit(max, params(kind, always || max < unlimited));
  const pendingRequests = fixed('pendingRequests', config.maxPendingRequests, retryBudget !== undefined);
  const requests = fixed('requests', config.maxRequests, retryBudget !== undefined);
  const connections = fixed('connections', config.maxConnections);
  const retries = retryBudget
    ? new RetryBudget({ ...retryBudget, requests, pendingRequests }, params('retries', true))
    : fixed('retries', config.maxRetries);
  const all = [connections, pendingRequests, requests, retries];
  return { connections, pendingRequests, requests, retries, detach: () => all.forEach((limit) => limit.detach()) };
}

interface CountedParams {
  readonly kind: LimitKind;
  readonly onOverflow: (kind: LimitKind) => void;
  readonly shared: SharedLimits | undefined;
}

abstract class CountedLimit implements MeasuredLimit {
  readonly #params: CountedParams;
  #own = 0;
  /** Cells of this kind: the own one, the first, and behind the last; undefined: not shared. */
  #cells: Int32Array | undefined;
  readonly #ownAt: number = 0;
  readonly #from: number = 0;
  readonly #to: number = 0;

  protected constructor(params: CountedParams) {
    this.#params = params;
    const { shared, kind } = params;
    if (shared === undefined) return;
    this.#cells = shared.cells;
    this.#from = shared.at + kinds.indexOf(kind);
    this.#to = this.#from + shared.workers * limitCells;
    this.#ownAt = this.#from + shared.own * limitCells;
  }

  protected abstract readonly max: number;
  abstract readonly remaining: number;

  get used(): number {
    const cells = this.#cells;
    if (cells === undefined) return this.#own;
    let sum = 0;
    for (let i = this.#from; i < this.#to; i += limitCells) sum += cells[i] as number;
    return sum;
  }

  get open(): boolean {
    return this.used >= this.max;
  }

  tryAcquire(): boolean {
    if (this.used >= this.max) {
      this.#params.onOverflow(this.#params.kind);
      return false;
    }
    this.#count(1);
    return true;
  }

  release(): void {
    if (this.#own === 0) throw new Error(`released more ${this.#params.kind} than acquired`);
    this.#count(-1);
  }

  detach(): void {
    if (this.#cells !== undefined) (this.#cells[this.#ownAt] as number) -= this.#own;
    this.#cells = undefined;
  }

  #count(by: number): void {
    this.#own += by;
    if (this.#cells !== undefined) (this.#cells[this.#ownAt] as number) += by;
  }
}

class FixedLimit extends CountedLimit {
  protected readonly max: number;

  constructor(max: number, params: CountedParams) {
    super(params);
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

  constructor(params: RetryBudgetParams, counted: CountedParams) {
    super(counted);
    this.#params = params;
  }

  protected get max(): number {
    const { percent, minConcurrency, requests, pendingRequests } = this.#params;
    return Math.max(Math.floor((percent / 100) * (requests.used + pendingRequests.used)), minConcurrency);
  }
}
