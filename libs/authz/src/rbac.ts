import type { RbacCondition, RbacPolicy, RbacRules, StringMatch } from '@malla/proxy-config';
import { compileAddressRange } from './address-range.ts';
import type { HeaderLookup } from './header-lookup.ts';
import { compileHeaderMatch, compileStringMatch } from './string-match.ts';

/** What RBAC rules know of a connection; the same for all of its requests. */
export interface RbacConnection {
  /** The peer has shown a certificate that was verified. */
  readonly hasPeer: boolean;
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  readonly subject: string;
  readonly remoteAddress: string;
  /** The original destination, when it was restored. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Server name that the client asked for; empty without. */
  readonly serverName: string;
}

/** A verdict; `policy` is the one that matched, or `none`. */
export interface RbacVerdict {
  readonly allowed: boolean;
  readonly policy: string;
}

/** Rules with a connection put in: what is left to decide are requests. */
export interface BoundRbac {
  /** Set when requests make no difference. */
  readonly verdict: RbacVerdict | undefined;
  /** Decides a request; without headers (on the network) conditions on requests do not hold. */
  evaluate(headers?: HeaderLookup): RbacVerdict;
}

/** Compiled RBAC rules. */
export interface Rbac {
  /** Some condition is about requests. */
  readonly needsRequest: boolean;
  bind(connection: RbacConnection): BoundRbac;
  /** One-off form of {@link Rbac.bind}. */
  evaluate(connection: RbacConnection, headers?: HeaderLookup): RbacVerdict;
}

/** Compiles rules. Policies are tried in the order of their names, as Envoy's sorted map has them. Source: Envoy source/extensions/filters/common/rbac/engine_impl.cc */
export function compileRbac(rules: RbacRules): Rbac {
  const policies = [...rules.policies].sort(byName).map(compilePolicy);
  const deny = rules.action === 'deny';
  const bind = (connection: RbacConnection): BoundRbac => new Bound(policies, connection, deny);
  return {
    needsRequest: policies.some(({ needsRequest }) => needsRequest),
    bind,
    evaluate: (connection, headers) => bind(connection).evaluate(headers),
  };
}

function byName(a: RbacPolicy, b: RbacPolicy): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A condition on a request, or what it comes to whatever the request is. */
type RequestCondition = boolean | ((headers: HeaderLookup | undefined) => boolean);

interface CompiledPolicy {
  readonly name: string;
  readonly needsRequest: boolean;
  readonly bind: (connection: RbacConnection) => RequestCondition;
}

function compilePolicy({ name, permissions, principals }: RbacPolicy): CompiledPolicy {
  const parts = [compileAny(permissions), compileAny(principals)];
  const both = combine(parts, true);
  return { name, needsRequest: parts.some(({ needsRequest }) => needsRequest), bind: both };
}

class Bound implements BoundRbac {
  readonly verdict: RbacVerdict | undefined;
  readonly #names: string[] = [];
  readonly #conditions: RequestCondition[] = [];
  readonly #matched: RbacVerdict[] = [];
  readonly #unmatched: RbacVerdict;

  constructor(policies: readonly CompiledPolicy[], connection: RbacConnection, deny: boolean) {
    this.#unmatched = { allowed: deny, policy: 'none' };
    for (const { name, bind } of policies) {
      const condition = bind(connection);
      if (condition === false) continue;
      this.#names.push(name);
      this.#conditions.push(condition);
      this.#matched.push({ allowed: !deny, policy: name });
      // What comes behind a policy that always matches is never looked at.
      if (condition === true) break;
    }
    if (this.#conditions.length === 0) this.verdict = this.#unmatched;
    else if (this.#conditions[0] === true) this.verdict = this.#matched[0];
  }

  evaluate(headers?: HeaderLookup): RbacVerdict {
    if (this.verdict !== undefined) return this.verdict;
    for (let i = 0; i < this.#conditions.length; i++) {
      const condition = this.#conditions[i] as RequestCondition;
      if (condition === true || (condition !== false && condition(headers))) return this.#matched[i] as RbacVerdict;
    }
    return this.#unmatched;
  }
}

interface CompiledCondition {
  readonly needsRequest: boolean;
  readonly bind: (connection: RbacConnection) => RequestCondition;
}

function compileAny(conditions: readonly RbacCondition[]): CompiledCondition {
  const parts = conditions.map(compileCondition);
  return { needsRequest: parts.some(({ needsRequest }) => needsRequest), bind: combine(parts, false) };
}

function compileCondition(condition: RbacCondition): CompiledCondition {
  switch (condition.kind) {
    case 'any':
      return onConnection(() => true);
    case 'and':
    case 'or': {
      const parts = condition.of.map(compileCondition);
      const bind = combine(parts, condition.kind === 'and');
      return { needsRequest: parts.some(({ needsRequest }) => needsRequest), bind };
    }
    case 'not': {
      const inner = compileCondition(condition.of);
      return { needsRequest: inner.needsRequest, bind: (connection) => negate(inner.bind(connection)) };
    }
    case 'header': {
      const matches = compileHeaderMatch(condition.header);
      return onRequest((headers) => headers !== undefined && matches(headers));
    }
    case 'path': {
      const matches = compileStringMatch(condition.matcher);
      return onRequest((headers) => {
        const target = headers?.get(':path');
        return target !== undefined && matches(pathOf(target));
      });
    }
    case 'authenticated':
      return onConnection(authenticated(condition.principal));
    case 'source-ip': {
      const contains = compileAddressRange(condition.range);
      return onConnection(({ remoteAddress }) => contains(remoteAddress));
    }
    case 'destination-ip': {
      const contains = compileAddressRange(condition.range);
      return onConnection(({ localAddress }) => contains(localAddress));
    }
    case 'destination-port':
      return onConnection(({ localPort }) => localPort >= condition.start && localPort < condition.end);
    case 'server-name': {
      const matches = compileStringMatch(condition.matcher);
      return onConnection(({ serverName }) => matches(serverName));
    }
  }
}

function onConnection(holds: (connection: RbacConnection) => boolean): CompiledCondition {
  return { needsRequest: false, bind: holds };
}

function onRequest(holds: (headers: HeaderLookup | undefined) => boolean): CompiledCondition {
  return { needsRequest: true, bind: () => holds };
}

/** Envoy takes all URI SANs, else all DNS SANs, else the subject. Source: Envoy source/extensions/filters/common/rbac/matchers.cc, AuthenticatedMatcher */
function authenticated(principal: StringMatch | undefined): (connection: RbacConnection) => boolean {
  if (principal === undefined) return ({ hasPeer }) => hasPeer;
  const matches = compileStringMatch(principal);
  return ({ hasPeer, uriSans, dnsSans, subject }) => {
    if (!hasPeer) return false;
    if (uriSans.length > 0) return uriSans.some(matches);
    if (dnsSans.length > 0) return dnsSans.some(matches);
    return matches(subject);
  };
}

/** Puts a connection into all parts; what is decided then is folded away. */
function combine(parts: readonly CompiledCondition[], all: boolean): CompiledCondition['bind'] {
  return (connection) => {
    const open: ((headers: HeaderLookup | undefined) => boolean)[] = [];
    for (const { bind } of parts) {
      const condition = bind(connection);
      if (condition === !all) return condition;
      if (typeof condition === 'function') open.push(condition);
    }
    const [first, second] = open;
    if (first === undefined) return all;
    if (second === undefined) return first;
    return all ? (headers) => open.every((holds) => holds(headers)) : (headers) => open.some((holds) => holds(headers));
  };
}

function negate(condition: RequestCondition): RequestCondition {
  return typeof condition === 'boolean' ? !condition : (headers) => !condition(headers);
}

/** Path without query and fragment. */
function pathOf(target: string): string {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === 0x3f || code === 0x23) return target.slice(0, i);
  }
  return target;
}
