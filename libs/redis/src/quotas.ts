import type { Redis } from 'ioredis';
import { takeQuotaScript } from './commands/take-quota.ts';

/** Parts of a sliding window: the finer, the sooner hits come back and the more Redis holds. */
const parts = 100;

/** What one limit is asked for. */
export interface QuotaRequest {
  /** A key of {@link RedisKeys.quota}; no two requests of one call have the same. */
  readonly key: string;
  /** Most hits in a window. */
  readonly limit: number;
  /** Milliseconds; a multiple of 100. */
  readonly windowMs: number;
  /** 0: only look. */
  readonly hits: number;
}

export interface QuotaState {
  /** Whether this quota had room. Hits are taken only if all quotas of the call had. */
  readonly fits: boolean;
  readonly remaining: number;
  /** Milliseconds until some of what is taken comes back; 0 if nothing is taken. Until then nothing that did not fit will fit. */
  readonly resetMs: number;
}

interface QuotaCommands {
  mallaTakeQuota(keys: number, ...args: (string | number)[]): Promise<number[]>;
}

/** Limits that all replicas of policy-telemetry share. Rejects while Redis is out of reach, or slower than the connection's limit. */
export class Quotas {
  readonly #redis: QuotaCommands;

  constructor(redis: Redis) {
    // Sent as EVALSHA once the connection knows the script, and again as a whole when the server forgot it.
    redis.defineCommand('mallaTakeQuota', { lua: takeQuotaScript });
    this.#redis = redis as unknown as QuotaCommands;
  }

  /** Takes the hits of all requests or of none, and tells the state of each in the order of the requests. */
  async take(requests: readonly QuotaRequest[]): Promise<readonly QuotaState[]> {
    if (requests.length === 0) return [];
    const keys = requests.map(({ key }) => key);
    const args = requests.flatMap(({ limit, windowMs, hits }) => [limit, windowMs, hits]);
    const answer = await this.#redis.mallaTakeQuota(keys.length, ...keys, parts, ...args);
    return requests.map((_, i) => ({
      fits: answer[3 * i] === 1,
      remaining: answer[3 * i + 1] ?? 0,
      resetMs: answer[3 * i + 2] ?? 0,
    }));
  }
}
