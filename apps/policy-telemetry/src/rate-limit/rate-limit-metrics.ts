import { Counter, Histogram, type Registry } from 'prom-client';

export type LimitOutcome = 'allowed' | 'denied' | 'unknown';

/** Why a call was not decided; the proxy then does what the policy's failure mode says. */
export type LimitFailure = 'redis' | 'timeout' | 'circuit_open' | 'overloaded' | 'not_loaded';

/** Most rules that have figures of their own; those beyond are counted under `other`. */
const mostRules = 1_000;

/** Figures of the rate limit service. */
export class RateLimitMetrics {
  readonly #decisions: Counter;
  readonly #local: Counter;
  readonly #seconds: Histogram;
  readonly #failures: Counter;
  readonly #rules = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decisions = new Counter({
      name: 'malla_rate_limit_decisions_total',
      help: 'Descriptors decided, by policy, rule and outcome; unknown are those whose policy does not exist (any more).',
      labelNames: ['policy', 'rule', 'outcome'],
      registers,
    });
    this.#local = new Counter({
      name: 'malla_rate_limit_local_denials_total',
      help: 'Calls refused without asking Redis, because their limit is known to be used up.',
      registers,
    });
    this.#seconds = new Histogram({
      name: 'malla_rate_limit_redis_seconds',
      help: 'Time that Redis took to decide a call.',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
      registers,
    });
    this.#failures = new Counter({
      name: 'malla_rate_limit_failures_total',
      help: 'Calls that were not decided, so that failure modes of policies decided: Redis away, too slow, or too many calls.',
      labelNames: ['reason'],
      registers,
    });
  }

  decided(policy: string, rule: string, outcome: LimitOutcome): void {
    this.#decisions.inc({ ...this.#bounded(policy, rule, outcome), outcome });
  }

  deniedLocally(): void {
    this.#local.inc();
  }

  asked(seconds: number): void {
    this.#seconds.observe(seconds);
  }

  failed(reason: LimitFailure): void {
    this.#failures.inc({ reason });
  }

  /** Names of policies that do not exist come from callers, and are no labels. */
  #bounded(policy: string, rule: string, outcome: LimitOutcome): { policy: string; rule: string } {
    const id = `${policy} ${rule}`;
    if (outcome === 'unknown') return { policy: '', rule: '' };
    if (!this.#rules.has(id) && this.#rules.size >= mostRules) return { policy: 'other', rule: 'other' };
    this.#rules.add(id);
    return { policy, rule };
  }
}
