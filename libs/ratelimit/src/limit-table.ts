import type { RateLimit } from '@malla/model';

export type LimitUnit = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY';

/** Milliseconds of each unit. */
export const unitMs: Readonly<Record<LimitUnit, number>> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/** What one rule allows. */
export interface Limit {
  /** Most hits in any window of one unit. */
  readonly requests: number;
  readonly unit: LimitUnit;
}

/** The limits of all RateLimit objects that are known. */
export class LimitTable {
  readonly #limits = new Map<string, ReadonlyMap<string, Limit>>();

  /** Policies that are known. */
  get size(): number {
    return this.#limits.size;
  }

  /** Undefined if there is no such policy or rule (yet, or any more). */
  limitOf(policy: string, rule: string): Limit | undefined {
    return this.#limits.get(policy)?.get(rule);
  }

  set(object: RateLimit): void {
    const { namespace, name } = object.metadata;
    const rules = object.spec.rules.map(({ name: rule, limit }): [string, Limit] => [rule, limit]);
    this.#limits.set(`${namespace}/${name}`, new Map(rules));
  }

  delete(policy: string): void {
    this.#limits.delete(policy);
  }

  clear(): void {
    this.#limits.clear();
  }
}
