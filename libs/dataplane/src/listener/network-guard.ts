import { compileRbac, type Rbac, type RbacConnection } from '@malla/authz';
import type { FilterChainConfig, RbacFilterConfig } from '@malla/proxy-config';
import type { ConnectionInfo } from '../runtime/connection.ts';
import type { Counter, StatsScope } from '../runtime/instruments.ts';
import { rbacConnection, rbacDenialDetails } from '../runtime/rbac-connection.ts';

/** The network filters of a chain that come before its last one: they let a connection pass or not. */
export class NetworkGuard {
  readonly #filters: readonly RbacGuard[];

  constructor(filters: FilterChainConfig['filters'], stats: StatsScope) {
    this.#filters = filters.flatMap((filter) => (filter.kind === 'rbac' ? [new RbacGuard(filter.config, stats)] : []));
  }

  /** Undefined: it may pass. Else why not, in Envoy's words for access logs. */
  refusal(info: ConnectionInfo): string | undefined {
    if (this.#filters.length === 0) return undefined;
    const connection = rbacConnection(info);
    for (const filter of this.#filters) {
      const policy = filter.deniedBy(connection);
      if (policy !== undefined) return rbacDenialDetails(policy);
    }
    return undefined;
  }
}

/** Source: Envoy's source/extensions/filters/network/rbac/rbac_filter.cc, which decides at the first bytes; here it is before any byte passes. */
class RbacGuard {
  readonly #rules: Rbac | undefined;
  readonly #shadow: Rbac | undefined;
  readonly #allowed: Counter;
  readonly #denied: Counter;
  readonly #shadowAllowed: Counter;
  readonly #shadowDenied: Counter;

  constructor({ rules, shadowRules, statPrefix, shadowStatPrefix }: RbacFilterConfig, stats: StatsScope) {
    this.#rules = rules && compileRbac(rules);
    this.#shadow = shadowRules && compileRbac(shadowRules);
    const prefix = `${dotted(statPrefix)}rbac.`;
    const shadowPrefix = `${prefix}${dotted(shadowStatPrefix)}`;
    this.#allowed = stats.counter(`${prefix}allowed`);
    this.#denied = stats.counter(`${prefix}denied`);
    this.#shadowAllowed = stats.counter(`${shadowPrefix}shadow_allowed`);
    this.#shadowDenied = stats.counter(`${shadowPrefix}shadow_denied`);
  }

  /** Name of the policy, or `none`; undefined when it is allowed. */
  deniedBy(connection: RbacConnection): string | undefined {
    if (this.#shadow !== undefined) {
      (this.#shadow.evaluate(connection).allowed ? this.#shadowAllowed : this.#shadowDenied).inc();
    }
    if (this.#rules === undefined) return undefined;
    const { allowed, policy } = this.#rules.evaluate(connection);
    (allowed ? this.#allowed : this.#denied).inc();
    return allowed ? undefined : policy;
  }
}

function dotted(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
}
