import { authorizerContext, rateLimitNames } from '@malla/ir';
import type { ApiKeyPolicy, KnownResource, RateLimit, RateLimitRule, Secret } from '@malla/model';

/** Key and value of each entry. */
export type Entries = readonly (readonly [key: string, value: string])[];

/** What became of one descriptor. */
export interface LimitStatus {
  readonly fits: boolean;
  readonly rule: string;
  readonly limit: RateLimitRule['limit'];
  readonly remaining: number;
}

export type KeyVerdict = { readonly client: string; readonly header: string } | { readonly refused: string };

/**
 * What policy-telemetry decides, for specs of the data plane: limits whose units never end, and API keys. Real proxies and the simulator ask
 * the same one.
 */
export class Decisions {
  readonly #limits = new Map<string, RateLimitRule['limit']>();
  readonly #policies = new Map<string, ApiKeyPolicy>();
  readonly #secrets = new Map<string, Secret>();
  readonly #taken = new Map<string, number>();
  /** Nobody can be asked. */
  readonly away: boolean;

  constructor(resources: readonly KnownResource[] = [], away = false) {
    this.away = away;
    for (const resource of resources) this.#add(resource);
  }

  /** One status for each descriptor; the same one twice counts once. What one descriptor refuses counts for none. */
  limit(descriptors: readonly Entries[]): readonly LimitStatus[] {
    const distinct = [...new Map(descriptors.map((entries) => [JSON.stringify(entries), entries])).entries()];
    const known = distinct.flatMap(([key, entries]) => {
      const limit = this.#limitOf(entries);
      return limit === undefined ? [] : [{ key, rule: entries[1]?.[1] ?? '', limit }];
    });
    const fits = known.every(({ key, limit }) => this.#left(key, limit) > 0);
    return known.map(({ key, rule, limit }) => {
      const left = this.#left(key, limit);
      if (fits) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
      return { fits: left > 0, rule, limit, remaining: fits ? left - 1 : left };
    });
  }

  /** @param headers lower-case names */
  checkKey(context: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>): KeyVerdict {
    const names = (context[authorizerContext.apiKeyPolicies] ?? '').split(',');
    for (const policy of names.flatMap((name) => this.#policies.get(name) ?? [])) {
      const { header = 'x-api-key', secretRef } = policy.spec;
      const secret = this.#secrets.get(`${policy.metadata.namespace}/${secretRef.name}`);
      for (const [client, key] of Object.entries(secret?.stringData ?? {}))
        if (headers[header.toLowerCase()] === key) return { client, header: header.toLowerCase() };
    }
    return { refused: 'An API key is needed' };
  }

  #add(resource: KnownResource): void {
    const name = `${resource.metadata.namespace ?? ''}/${resource.metadata.name}`;
    if (resource.kind === 'RateLimit') {
      for (const rule of (resource as RateLimit).spec.rules) this.#limits.set(`${name} ${rule.name}`, rule.limit);
    } else if (resource.kind === 'ApiKeyPolicy') this.#policies.set(name, resource as ApiKeyPolicy);
    else if (resource.kind === 'Secret') this.#secrets.set(name, resource as Secret);
  }

  #limitOf([policy, rule]: Entries): RateLimitRule['limit'] | undefined {
    if (policy?.[0] !== rateLimitNames.policy || rule?.[0] !== rateLimitNames.rule) return undefined;
    return this.#limits.get(`${policy[1]} ${rule[1]}`);
  }

  #left(key: string, { requests }: RateLimitRule['limit']): number {
    return Math.max(0, requests - (this.#taken.get(key) ?? 0));
  }
}
