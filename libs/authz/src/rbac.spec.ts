import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeaderMatch, RbacCondition, RbacRules, StringMatch } from '@malla/proxy-config';
import { lookupIn } from './header-lookup.ts';
import { compileRbac, type RbacConnection } from './rbac.ts';
import { compileHeaderMatch, compileStringMatch } from './string-match.ts';

const connection: RbacConnection = {
  hasPeer: true,
  uriSans: ['spiffe://cluster.local/ns/shop/sa/web'],
  dnsSans: ['web.shop'],
  subject: 'CN=web',
  remoteAddress: '10.0.0.7',
  localAddress: '10.0.0.9',
  localPort: 9080,
  serverName: 'outbound_.9080_._.reviews',
};
const exact = (value: string): StringMatch => ({ kind: 'exact', value, ignoreCase: false });
const any: RbacCondition = { kind: 'any' };
const method = (value: string): RbacCondition => ({
  kind: 'header',
  header: { name: ':method', match: { kind: 'string', matcher: exact(value) }, inverted: false, missingIsEmpty: false },
});
const rules = (action: RbacRules['action'], ...policies: RbacRules['policies']): RbacRules => ({ action, policies });
const policy = (name: string, permission: RbacCondition, principal: RbacCondition = any) => ({
  name,
  permissions: [permission],
  principals: [principal],
});
const headers = (fields: Record<string, string>) => lookupIn(fields);

describe('compileRbac', () => {
  it('allows what a policy allows, and says which by name order', () => {
    const rbac = compileRbac(rules('allow', policy('b', any), policy('a', method('GET'))));
    expect(rbac.evaluate(connection, headers({ ':method': 'GET' }))).toEqual({ allowed: true, policy: 'a' });
    expect(rbac.evaluate(connection, headers({ ':method': 'PUT' }))).toEqual({ allowed: true, policy: 'b' });
  });

  it('denies without a matching ALLOW policy and with a matching DENY policy', () => {
    expect(compileRbac(rules('allow')).evaluate(connection, headers({}))).toEqual({ allowed: false, policy: 'none' });
    const deny = compileRbac(rules('deny', policy('no-put', method('PUT'))));
    expect(deny.evaluate(connection, headers({ ':method': 'PUT' }))).toEqual({ allowed: false, policy: 'no-put' });
    expect(deny.evaluate(connection, headers({ ':method': 'GET' }))).toEqual({ allowed: true, policy: 'none' });
  });

  it('decides once per connection where requests make no difference', () => {
    const peer: RbacCondition = { kind: 'authenticated', principal: exact('spiffe://cluster.local/ns/shop/sa/web') };
    const rbac = compileRbac(rules('allow', policy('web', any, peer)));
    expect(rbac.needsRequest).toBe(false);
    expect(rbac.bind(connection).verdict).toEqual({ allowed: true, policy: 'web' });
    expect(rbac.bind({ ...connection, uriSans: ['spiffe://x'] }).verdict).toEqual({ allowed: false, policy: 'none' });
  });

  it('does not look at requests of peers that no policy is for', () => {
    const peer: RbacCondition = { kind: 'authenticated', principal: exact('spiffe://other') };
    const rbac = compileRbac(rules('deny', policy('other', method('GET'), peer)));
    expect(rbac.needsRequest).toBe(true);
    expect(rbac.bind(connection).verdict).toEqual({ allowed: true, policy: 'none' });
  });

  it('takes URI names, else DNS names, else the subject of a peer', () => {
    const of = (principal: string, change: Partial<RbacConnection>) =>
      compileRbac(rules('allow', policy('p', any, { kind: 'authenticated', principal: exact(principal) }))).evaluate({
        ...connection,
        ...change,
      }).allowed;
    expect(of('web.shop', {})).toBe(false);
    expect(of('web.shop', { uriSans: [] })).toBe(true);
    expect(of('CN=web', { uriSans: [], dnsSans: [] })).toBe(true);
    expect(of('CN=web', { uriSans: [], dnsSans: [], hasPeer: false })).toBe(false);
  });

  it('compares paths without query and fragment', () => {
    const rbac = compileRbac(rules('deny', policy('p', { kind: 'path', matcher: exact('/admin') })));
    for (const path of ['/admin', '/admin?x=/y', '/admin#z']) {
      expect(rbac.evaluate(connection, headers({ ':path': path })).allowed, path).toBe(false);
    }
    expect(rbac.evaluate(connection, headers({ ':path': '/admin/' })).allowed).toBe(true);
  });

  it('holds no condition on requests on the network, so that ALLOW fails closed', () => {
    expect(compileRbac(rules('allow', policy('get', method('GET')))).evaluate(connection).allowed).toBe(false);
  });

  it('knows ports, ranges of addresses in both families, and server names', () => {
    const holds = (condition: RbacCondition, change: Partial<RbacConnection> = {}) =>
      compileRbac(rules('allow', policy('p', condition))).evaluate({ ...connection, ...change }).allowed;
    expect(holds({ kind: 'destination-port', start: 9080, end: 9081 })).toBe(true);
    expect(holds({ kind: 'destination-port', start: 9079, end: 9080 })).toBe(false);
    const range = { address: '10.0.0.0', bits: 24 };
    expect(holds({ kind: 'source-ip', range })).toBe(true);
    expect(holds({ kind: 'source-ip', range }, { remoteAddress: '::ffff:10.0.0.1' })).toBe(true);
    expect(holds({ kind: 'source-ip', range }, { remoteAddress: '10.0.1.1' })).toBe(false);
    expect(holds({ kind: 'source-ip', range: { address: 'fd00::', bits: 8 } }, { remoteAddress: 'fd12::1' })).toBe(
      true,
    );
    expect(holds({ kind: 'source-ip', range: { address: 'fd00::', bits: 8 } })).toBe(false);
    expect(holds({ kind: 'server-name', matcher: exact(connection.serverName) })).toBe(true);
  });

  it('gives what plain evaluation of the tree gives', () => {
    const leaf = fc.constantFrom<RbacCondition>(
      any,
      method('GET'),
      { kind: 'path', matcher: exact('/a') },
      { kind: 'destination-port', start: 9080, end: 9081 },
      { kind: 'authenticated', principal: exact('spiffe://nobody') },
    );
    const { tree } = fc.letrec<{ tree: RbacCondition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('tree'), { maxLength: 3 }),
        }),
        fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
      ),
    }));
    const plain = (condition: RbacCondition, request: Record<string, string>): boolean => {
      switch (condition.kind) {
        case 'and':
          return condition.of.every((part) => plain(part, request));
        case 'or':
          return condition.of.some((part) => plain(part, request));
        case 'not':
          return !plain(condition.of, request);
        case 'header':
          return request[':method'] === 'GET';
        case 'path':
          return request[':path'] === '/a';
        default:
          return condition.kind !== 'authenticated';
      }
    };
    const request = fc.record({ ':method': fc.constantFrom('GET', 'PUT'), ':path': fc.constantFrom('/a', '/b') });
    fc.assert(
      fc.property(tree, tree, request, (permission, principal, sent) => {
        const expected = plain(permission, sent) && plain(principal, sent);
        const rbac = compileRbac(rules('allow', policy('p', permission, principal)));
        expect(rbac.evaluate(connection, headers(sent)).allowed).toBe(expected);
        const bound = rbac.bind(connection);
        expect((bound.verdict ?? bound.evaluate(headers(sent))).allowed).toBe(expected);
      }),
    );
  });
});

describe('compileHeaderMatch', () => {
  const matcher = (change: Partial<HeaderMatch>): HeaderMatch => ({
    name: 'x-a',
    match: { kind: 'string', matcher: exact('1') },
    inverted: false,
    missingIsEmpty: false,
    ...change,
  });
  const holds = (change: Partial<HeaderMatch>, fields: Record<string, string>) =>
    compileHeaderMatch(matcher(change))(headers(fields));

  it.each<[string, Partial<HeaderMatch>, Record<string, string>, boolean]>([
    ['equal', {}, { 'x-a': '1' }, true],
    ['different', {}, { 'x-a': '2' }, false],
    ['missing', {}, {}, false],
    ['inverted', { inverted: true }, { 'x-a': '2' }, true],
    ['inverted and missing', { inverted: true }, {}, false],
    ['inverted, missing as empty', { inverted: true, missingIsEmpty: true }, {}, true],
    ['present', { match: { kind: 'present', present: true } }, { 'x-a': '' }, true],
    ['absent', { match: { kind: 'present', present: false } }, {}, true],
    ['absent, inverted', { match: { kind: 'present', present: false }, inverted: true }, {}, false],
    ['in range', { match: { kind: 'range', start: 1, end: 10 } }, { 'x-a': '9' }, true],
    ['end of range', { match: { kind: 'range', start: 1, end: 10 } }, { 'x-a': '10' }, false],
    ['no number', { match: { kind: 'range', start: 0, end: 10 } }, { 'x-a': '1x' }, false],
  ])('%s', (_, change, fields, expected) => expect(holds(change, fields)).toBe(expected));
});

describe('compileStringMatch', () => {
  it.each<[StringMatch['kind'], string, string, boolean]>([
    ['exact', 'Abc', 'aBC', true],
    ['prefix', 'Ab', 'aBC', true],
    ['suffix', 'Bc', 'aBC', true],
    ['contains', 'B', 'abc', true],
    ['contains', 'x', 'abc', false],
  ])('%s ignores case when told', (kind, value, text, expected) =>
    expect(compileStringMatch({ kind, value, ignoreCase: true })(text)).toBe(expected),
  );

  it('matches expressions over the whole text', () => {
    expect(compileStringMatch({ kind: 'regex', value: 'a+', ignoreCase: false })('aa')).toBe(true);
    expect(compileStringMatch({ kind: 'regex', value: 'a+', ignoreCase: false })('aab')).toBe(false);
  });
});
