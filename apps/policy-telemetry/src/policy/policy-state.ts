import type { ConfigChanges, FeedState } from '@malla/config-feed';
import type { HealthCheck } from '@malla/observability';
import { LimitTable } from '@malla/ratelimit';
import { ApiKeyTable } from '../api-keys/api-key-table.ts';

/** Kinds that policy-telemetry decides by; config-api gives it no others. */
export const policyKinds = ['RateLimit', 'ApiKeyPolicy', 'Secret'] as const;

/** What policy-telemetry knows of the configuration: limits, and hashes of API keys. */
export class PolicyState {
  readonly #limits = new LimitTable();
  readonly #apiKeys = new ApiKeyTable();
  readonly #check: HealthCheck;
  #loaded = false;

  constructor(check: HealthCheck) {
    this.#check = check;
    check.degraded('not loaded yet: limits and API keys are not decided');
  }

  /** Undefined until the whole configuration was seen once. */
  get limits(): LimitTable | undefined {
    return this.#loaded ? this.#limits : undefined;
  }

  /** Undefined until the whole configuration was seen once. */
  get apiKeys(): ApiKeyTable | undefined {
    return this.#loaded ? this.#apiKeys : undefined;
  }

  apply({ replace, upserts, deletes }: ConfigChanges): void {
    if (replace) {
      this.#limits.clear();
      this.#apiKeys.clear();
    }
    for (const object of upserts) {
      if (object.kind === 'RateLimit') this.#limits.set(object);
      if (object.kind === 'ApiKeyPolicy') this.#apiKeys.setPolicy(object);
      if (object.kind === 'Secret') this.#apiKeys.setSecret(object);
    }
    for (const { kind, namespace, name } of deletes) {
      if (kind === 'RateLimit') this.#limits.delete(`${namespace}/${name}`);
      if (kind === 'ApiKeyPolicy') this.#apiKeys.deletePolicy(namespace, name);
      if (kind === 'Secret') this.#apiKeys.deleteSecret(namespace, name);
    }
  }

  feedIs(state: FeedState, problem?: string): void {
    if (state === 'live') {
      this.#loaded = true;
      this.#check.ok();
    } else if (this.#loaded) this.#check.degraded(`deciding by the last known policies: ${problem}`);
    else this.#check.degraded(`limits and API keys are not decided, no policies yet: ${problem}`);
  }
}
