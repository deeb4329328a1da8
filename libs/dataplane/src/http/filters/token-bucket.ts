import type { LocalRateLimitConfig } from '@malla/proxy-config';
import type { TokenSource } from '../../runtime/services.ts';

/** Tokens that come back by and by; filled when it is asked, not by a timer. Source: Envoy's LocalRateLimiterImpl. */
export class TokenBucket implements TokenSource {
  readonly #config: NonNullable<LocalRateLimitConfig['bucket']>;
  #tokens: number;
  #filledAt: number;

  /** Full. Times are monotonic milliseconds. */
  constructor(config: NonNullable<LocalRateLimitConfig['bucket']>, now: number) {
    this.#config = config;
    this.#tokens = config.maxTokens;
    this.#filledAt = now;
  }

  /** Takes one; false when there is none. */
  take(now: number): boolean {
    const { fillIntervalMs, tokensPerFill, maxTokens } = this.#config;
    const fills = Math.floor((now - this.#filledAt) / fillIntervalMs);
    if (fills > 0) {
      this.#filledAt += fills * fillIntervalMs;
      this.#tokens = Math.min(maxTokens, this.#tokens + fills * tokensPerFill);
    }
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
