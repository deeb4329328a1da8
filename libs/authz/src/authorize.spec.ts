import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthorizationIr, AuthorizationPolicyIr, AuthorizationRuleIr, PredicateIr, ValueMatch } from '@malla/ir';
import { authorize, type AuthorizationDecision } from './authorize.ts';
import { authorizationPath, peerAttributes, type AuthorizationRequest } from './request.ts';

const get: AuthorizationRequest = { method: 'GET', path: '/items', port: 8080, headers: {} };
const origin = (name: string) => ({ kind: 'AuthorizationPolicy', namespace: 'shop', name });
const rule = (parts: Partial<AuthorizationRuleIr>): AuthorizationRuleIr => ({ from: [], to: [], when: [], ...parts });
const policy = (name: string, ...rules: AuthorizationRuleIr[]): AuthorizationPolicyIr => ({
  origin: origin(name),
  rules,
});
const method = (value: string, negated = false): PredicateIr => ({
  attribute: { kind: 'method' },
  anyOf: [{ kind: 'exact', value }],
  negated,
});
const principal = (match: ValueMatch, negated = false): PredicateIr => ({
  attribute: { kind: 'principal' },
  anyOf: [match],
  negated,
});

describe('authorize', () => {
  it('allows everything without policies', () => {
    expect(authorize({ deny: [] }, get)).toEqual({ allowed: true });
  });

  it('denies everything when an ALLOW policy has no rules', () => {
    expect(authorize({ deny: [], allow: [policy('empty')] }, get)).toEqual({
      allowed: false,
      reason: 'not_allowed_by_any_policy',
    });
  });

  it('lets a rule without conditions match every request', () => {
    expect(authorize({ deny: [], allow: [policy('all', rule({}))] }, get)).toEqual({
      allowed: true,
      policy: origin('all'),
      rule: 0,
    });
  });

  it('puts DENY before ALLOW and names the policy and its rule', () => {
    const ir: AuthorizationIr = {
      deny: [policy('never'), policy('no-get', rule({ to: [[method('POST')]] }), rule({ to: [[method('GET')]] }))],
      allow: [policy('all', rule({}))],
    };
    expect(authorize(ir, get)).toEqual({
      allowed: false,
      reason: 'denied_by_policy',
      policy: origin('no-get'),
      rule: 1,
    });
    expect(authorize(ir, { ...get, method: 'PUT' })).toEqual({ allowed: true, policy: origin('all'), rule: 0 });
  });

  it('needs a peer identity for any principal, and holds a negated one without it', () => {
    const present = { deny: [], allow: [policy('peer', rule({ from: [[principal({ kind: 'present' })]] }))] };
    const notAdmin = {
      deny: [],
      allow: [policy('peer', rule({ from: [[principal({ kind: 'suffix', value: '/sa/admin' }, true)]] }))],
    };
    const cart = { ...get, ...peerAttributes('spiffe://cluster.local/ns/shop/sa/cart') };
    expect(authorize(present, get).allowed).toBe(false);
    expect(authorize(present, cart).allowed).toBe(true);
    expect(authorize(notAdmin, get).allowed).toBe(true);
  });

  it('does not read headers from the prototype', () => {
    const match: PredicateIr = {
      attribute: { kind: 'header', name: 'constructor' },
      anyOf: [{ kind: 'present' }],
      negated: false,
    };
    expect(authorize({ deny: [policy('x', rule({ when: [match] }))] }, get).allowed).toBe(true);
  });

  it('throws on an expression that validation must have refused', () => {
    expect(() =>
      authorize({ deny: [policy('x', rule({ from: [[principal({ kind: 'regex', value: '(' })]] }))] }, get),
    ).toThrow(TypeError);
  });
});

describe('request attributes', () => {
  it('takes principal and namespace from the SPIFFE id', () => {
    expect(peerAttributes('spiffe://cluster.local/ns/shop/sa/cart')).toEqual({
      principal: 'cluster.local/ns/shop/sa/cart',
      namespace: 'shop',
    });
    expect(peerAttributes('spiffe://cluster.local/other')).toEqual({ principal: 'cluster.local/other' });
    expect(peerAttributes(undefined)).toEqual({});
  });

  it('leaves out the query and the fragment', () => {
    expect(authorizationPath('/a?b=/c')).toBe('/a');
    expect(authorizationPath('/a#b')).toBe('/a');
  });
});

/** The semantics written down once more, as slow and literal as can be. */
function reference(ir: AuthorizationIr, request: AuthorizationRequest): AuthorizationDecision['allowed'] {
  const value = (p: PredicateIr): string | undefined => {
    const { attribute } = p;
    return attribute.kind === 'header' ? request.headers[attribute.name] : request[attribute.kind]?.toString();
  };
  const holds = (p: PredicateIr): boolean => {
    const actual = value(p);
    let found = false;
    for (const m of p.anyOf) {
      if (actual === undefined) continue;
      if (m.kind === 'present') found = true;
      else if (m.kind === 'exact' && actual === m.value) found = true;
      else if (m.kind === 'prefix' && actual.slice(0, m.value.length) === m.value) found = true;
      else if (
        m.kind === 'suffix' &&
        m.value.length <= actual.length &&
        actual.slice(actual.length - m.value.length) === m.value
      )
        found = true;
      else if (m.kind === 'regex' && new RegExp(`^(?:${m.value})$`, 's').test(actual)) found = true;
    }
    return p.negated ? !found : found;
  };
  const alternatives = (list: readonly (readonly PredicateIr[])[]) =>
    list.length === 0 || list.some((all) => all.filter(holds).length === all.length);
  const matches = (p: AuthorizationPolicyIr) =>
    p.rules.some((r) => alternatives(r.from) && alternatives(r.to) && r.when.filter(holds).length === r.when.length);
  if (ir.deny.some(matches)) return false;
  return ir.allow === undefined || ir.allow.some(matches);
}

/** Few, overlapping values, so that conditions hold about as often as not. */
const text = fc.constantFrom('a', 'b', 'ab', 'ba', '/a', '/a/b', 'GET', 'POST', '8080', '9090', '');
const valueMatch: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const), value: text }),
  fc.record({ kind: fc.constant('regex' as const), value: fc.constantFrom('a.*', '[ab]+', '/a(/b)?', 'GET|POST', '') }),
  fc.constant({ kind: 'present' as const }),
);
const attribute = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'principal' as const,
      'namespace' as const,
      'method' as const,
      'path' as const,
      'port' as const,
    ),
  }),
  fc.record({ kind: fc.constant('header' as const), name: fc.constantFrom('x', 'y') }),
);
const predicate = fc.record({
  attribute,
  anyOf: fc.array(valueMatch, { minLength: 1, maxLength: 3 }),
  negated: fc.boolean(),
});
const predicates = fc.array(predicate, { maxLength: 2 });
const ruleIr = fc.record({
  from: fc.array(predicates, { maxLength: 2 }),
  to: fc.array(predicates, { maxLength: 2 }),
  when: predicates,
});
const policies = fc.array(
  fc.record({ origin: fc.constant(origin('any')), rules: fc.array(ruleIr, { maxLength: 3 }) }),
  { maxLength: 3 },
);
const authorization: fc.Arbitrary<AuthorizationIr> = fc.record(
  { deny: policies, allow: policies },
  { requiredKeys: ['deny'] },
);
const request: fc.Arbitrary<AuthorizationRequest> = fc.record(
  {
    principal: text,
    namespace: text,
    method: text,
    path: text,
    port: fc.constantFrom(8080, 9090),
    headers: fc.dictionary(fc.constantFrom('x', 'y'), text, { noNullPrototype: true }),
  },
  { requiredKeys: ['method', 'path', 'port', 'headers'] },
);

describe('against a reference evaluator', () => {
  it('agrees on every policy and request', () => {
    fc.assert(
      fc.property(authorization, request, (ir, r) => {
        expect(authorize(ir, r).allowed).toBe(reference(ir, r));
      }),
      { numRuns: 5000 },
    );
  });

  it('only denies more when a DENY policy is added, and names it', () => {
    fc.assert(
      fc.property(authorization, policies, request, (ir, more, r) => {
        const after = authorize({ ...ir, deny: [...ir.deny, ...more] }, r);
        if (!authorize(ir, r).allowed) expect(after.allowed).toBe(false);
        if (!after.allowed && after.reason === 'denied_by_policy') expect(after.policy).toBeDefined();
      }),
    );
  });
});
