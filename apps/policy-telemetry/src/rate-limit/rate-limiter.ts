import { MallaError } from '@malla/model';
import { Circuit, DenyCache, unitMs, type Limit, type LimitDescriptor, type LimitTable } from '@malla/ratelimit';
import type { QuotaRequest, Quotas, QuotaState, RedisKeys } from '@malla/redis';
import type { LimitFailure, RateLimitMetrics } from './rate-limit-metrics.ts';

/** What became of one descriptor. */
export interface LimitDecision {
  readonly allowed: boolean;
  /** Undefined: no such policy or rule, which allows everything. */
  readonly limit: Limit | undefined;
  /** Undefined when the call was refused for another descriptor before this one was looked at. */
  readonly state: { readonly remaining: number; readonly resetMs: number } | undefined;
}

export interface RateLimiterParams {
  /** Undefined while the limits are not loaded yet. */
  readonly limits: () => Pick<LimitTable, 'limitOf'> | undefined;
  readonly quotas: Pick<Quotas, 'take'>;
  readonly keys: Pick<RedisKeys, 'quota'>;
  readonly metrics: RateLimitMetrics;
  /** How long Redis may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Calls that may wait for Redis at one time; default 2,000. Further ones are refused at once. */
  readonly maxInFlight?: number;
}

/** A descriptor that has a limit. */
interface Limited {
  readonly descriptor: LimitDescriptor;
  readonly limit: Limit;
  readonly key: string;
}

/**
 * Decides calls by quotas that all replicas share in Redis. Never queues: while Redis is away or slow, calls fail at once
 * with `unavailable`, and the failure mode of the policy decides at the proxy.
 */
export class RateLimiter {
  readonly #params: RateLimiterParams;
  readonly #now = (): number => performance.now();
  readonly #denials = new DenyCache({ now: this.#now });
  readonly #circuit = new Circuit({ now: this.#now });
  #inFlight = 0;

  constructor(params: RateLimiterParams) {
    this.#params = params;
  }

  /** Takes the hits of all descriptors, or of none if one of them is over its limit. */
  async decide(descriptors: readonly LimitDescriptor[]): Promise<readonly LimitDecision[]> {
    const limits = this.#params.limits();
    if (limits === undefined) throw this.#failure('not_loaded', 'the limits are not loaded yet');
    const all = descriptors.map((descriptor) => this.#limited(descriptor, limits));
    const requests = requestsOf(all.filter((each) => each !== undefined));
    const states = this.#refusals(requests) ?? (await this.#ask(requests));
    return all.map((limited, i) => this.#decision(descriptors[i] as LimitDescriptor, limited, states));
  }

  #limited(descriptor: LimitDescriptor, limits: Pick<LimitTable, 'limitOf'>): Limited | undefined {
    const { policy, rule, values } = descriptor;
    const limit = limits.limitOf(policy, rule);
    if (limit === undefined) return undefined;
    return { descriptor, limit, key: this.#params.keys.quota({ policy, rule, values, windowMs: unitMs[limit.unit] }) };
  }

  #decision(
    { policy, rule }: LimitDescriptor,
    limited: Limited | undefined,
    states: ReadonlyMap<string, QuotaState>,
  ): LimitDecision {
    const state = limited && states.get(limited.key);
    const allowed = state?.fits ?? true;
    const known = allowed ? ('allowed' as const) : ('denied' as const);
    this.#params.metrics.decided(policy, rule, limited === undefined ? 'unknown' : known);
    return { allowed, limit: limited?.limit, state };
  }

  /** The states of those that are known to be over their limit; undefined if there are none. */
  #refusals(requests: readonly QuotaRequest[]): ReadonlyMap<string, QuotaState> | undefined {
    const refused = requests.flatMap(({ key, limit, hits }): [string, QuotaState][] => {
      const resetMs = this.#denials.refusedFor(key, limit, hits);
      return resetMs === undefined ? [] : [[key, { fits: false, remaining: 0, resetMs }]];
    });
    if (refused.length === 0) return undefined;
    this.#params.metrics.deniedLocally();
    return new Map(refused);
  }

  async #ask(requests: readonly QuotaRequest[]): Promise<ReadonlyMap<string, QuotaState>> {
    if (requests.length === 0) return new Map();
    const { quotas, metrics, timeoutMs, maxInFlight = 2_000 } = this.#params;
    if (this.#inFlight >= maxInFlight) throw this.#failure('overloaded', 'too many calls wait for Redis');
    if (!this.#circuit.enter()) throw this.#failure('circuit_open', 'Redis does not answer');
    const startedAt = this.#now();
    this.#inFlight += 1;
    try {
      const states = await within(timeoutMs, quotas.take(requests));
      this.#circuit.succeeded();
      metrics.asked((this.#now() - startedAt) / 1_000);
      return this.#remember(requests, states, startedAt);
    } catch (error) {
      this.#circuit.failed();
      if (error instanceof TooSlow) throw this.#failure('timeout', `Redis took more than ${timeoutMs} ms`);
      throw this.#failure('redis', 'Redis is out of reach', error);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #remember(
    requests: readonly QuotaRequest[],
    states: readonly QuotaState[],
    startedAt: number,
  ): ReadonlyMap<string, QuotaState> {
    const byKey = new Map<string, QuotaState>();
    for (const [i, { key, limit, hits }] of requests.entries()) {
      const state = states[i] as QuotaState;
      byKey.set(key, state);
      // Counted from before the question, so that it is never longer than Redis meant.
      if (!state.fits && state.resetMs > 0)
        this.#denials.refused(key, { limit, hits, until: startedAt + state.resetMs });
    }
    return byKey;
  }

  #failure(reason: LimitFailure, message: string, cause?: unknown): MallaError {
    this.#params.metrics.failed(reason);
    return new MallaError('unavailable', message, { cause });
  }
}

/** One request for each key: descriptors that say the same, as those of several matches of a rule that hold, count once. */
function requestsOf(all: readonly Limited[]): readonly QuotaRequest[] {
  const byKey = new Map<string, QuotaRequest>();
  for (const { key, limit, descriptor } of all) {
    const hits = Math.max(descriptor.hits, byKey.get(key)?.hits ?? 0);
    byKey.set(key, { key, limit: limit.requests, windowMs: unitMs[limit.unit], hits });
  }
  return [...byKey.values()];
}

class TooSlow extends Error {}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooSlow()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
