import { compileRbac, type BoundRbac, type Rbac, type RbacVerdict } from '@malla/authz';
import type { RbacFilterConfig, RbacRules } from '@malla/proxy-config';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import type { Counter, StatsScope } from '../../runtime/instruments.ts';
import { rbacConnection, rbacDenialDetails } from '../../runtime/rbac-connection.ts';
import type { Stream } from '../stream/stream.ts';
import type { FilterServices } from './filter-services.ts';
import type { HttpFilter } from './http-filter.ts';

const compiled = new WeakMap<RbacRules, Rbac>();

/** Rules that are kept with one connection. */
const maxKept = 64;

function compile(rules: RbacRules): Rbac {
  let rbac = compiled.get(rules);
  if (rbac === undefined) {
    rbac = compileRbac(rules);
    compiled.set(rules, rbac);
  }
  return rbac;
}

/**
 * Refuses requests that a policy does not let pass. Rules are put together with a connection once: what is left to look at for each request is only what
 * depends on requests. Source: Envoy's source/extensions/filters/http/rbac/rbac_filter.cc.
 */
export class RbacFilter implements HttpFilter {
  readonly name: string;
  readonly #config: RbacFilterConfig;
  readonly #stats: Verdicts;
  readonly #shadowStats: Verdicts;
  /** Without rules of a route nothing happens. */
  readonly #disabled: boolean;

  constructor(
    {
      name,
      config,
      disabled,
    }: { readonly name: string; readonly config: RbacFilterConfig; readonly disabled: boolean },
    { scope }: FilterServices,
  ) {
    this.name = name;
    this.#config = config;
    this.#disabled = disabled;
    this.#stats = new Verdicts(scope, joined('rbac', config.statPrefix), '');
    this.#shadowStats = new Verdicts(scope, joined('rbac', config.shadowStatPrefix), 'shadow_');
  }

  onRequest(stream: Stream): boolean {
    const ofRoute = stream.filterConfig(this.name);
    if (ofRoute === undefined ? this.#disabled : ofRoute.kind === 'disabled') return true;
    const { rules, shadowRules } = ofRoute?.kind === 'rbac' ? ofRoute : this.#config;
    if (shadowRules !== undefined) {
      const verdict = this.#bound(shadowRules, stream.connection).evaluate(stream);
      this.#shadowStats.count(verdict.allowed);
      this.#note(stream, verdict);
    }
    if (rules === undefined) return true;
    const rbac = this.#bound(rules, stream.connection);
    const verdict = rbac.verdict ?? rbac.evaluate(stream);
    this.#stats.count(verdict.allowed);
    if (verdict.allowed) return true;
    stream.reply({
      status: 403,
      body: 'RBAC: access denied',
      details: rbacDenialDetails(verdict.policy),
    });
    return false;
  }

  /** What shadow rules say is for filters behind this one and for access logs. */
  #note(stream: Stream, { allowed, policy }: RbacVerdict): void {
    const prefix = this.#config.shadowStatPrefix;
    const metadata = ((stream.dynamicMetadata ??= {})['envoy.filters.http.rbac'] ??= {});
    if (policy !== 'none') metadata[`${prefix}shadow_effective_policy_id`] = policy;
    metadata[`${prefix}shadow_engine_result`] = allowed ? 'allowed' : 'denied';
  }

  /** Rules with a connection put in, kept as long as the connection. */
  #bound(rules: RbacRules, info: ConnectionInfo): BoundRbac {
    let known = info.scratch.get(this) as Map<RbacRules, BoundRbac> | undefined;
    if (known === undefined) {
      known = new Map();
      info.scratch.set(this, known);
    }
    let found = known.get(rules);
    if (found === undefined) {
      // Rules that were replaced while the connection lives are not kept for ever.
      if (known.size >= maxKept) known.clear();
      found = compile(rules).bind(rbacConnection(info));
      known.set(rules, found);
    }
    return found;
  }
}

function joined(prefix: string, more: string): string {
  return more === '' || more.endsWith('.') ? `${prefix}.${more}` : `${prefix}.${more}.`;
}

class Verdicts {
  readonly #allowed: Counter;
  readonly #denied: Counter;

  constructor(scope: StatsScope, prefix: string, shadow: string) {
    this.#allowed = scope.counter(`${prefix}${shadow}allowed`);
    this.#denied = scope.counter(`${prefix}${shadow}denied`);
  }

  count(allowed: boolean): void {
    if (allowed) this.#allowed.inc();
    else this.#denied.inc();
  }
}
