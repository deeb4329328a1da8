import { describe, expect, it } from 'vitest';
import type { RouteMatchIr } from '@malla/ir';
import { lookupIn } from '@malla/authz';
import { RouteConditions, queryParameter } from './route-match.ts';
import type { HttpRequest } from './request.ts';

const any: RouteMatchIr = { path: { kind: 'prefix', value: '/', ignoreCase: false }, headers: [], queryParameters: [] };
const get: HttpRequest = {
  method: 'GET',
  path: '/a/b?user=ann&empty=&flag',
  authority: 'shop',
  headers: { 'x-user': 'ann', 'x-empty': '' },
};
const failure = (match: Partial<RouteMatchIr>, request: Partial<HttpRequest> = {}) =>
  new RouteConditions({ ...any, ...match }).failure({
    ...get,
    ...request,
    headers: lookupIn(request.headers ?? get.headers),
    sourceIp: '127.0.0.1',
  });

describe('RouteConditions', () => {
  it('compares paths without query', () => {
    expect(failure({ path: { kind: 'exact', value: '/a/b', ignoreCase: false } })).toBeUndefined();
    expect(failure({ path: { kind: 'regex', value: '/[a-z]/b', ignoreCase: false } })).toBeUndefined();
    expect(failure({ path: { kind: 'regex', value: '/a', ignoreCase: false } })).toBe('path regex "/a"');
    expect(failure({ path: { kind: 'prefix', value: '/a/b?', ignoreCase: false } })).toBe('path prefix "/a/b?"');
  });

  it('takes a prefix as a string, not as a segment', () => {
    expect(failure({ path: { kind: 'prefix', value: '/ad', ignoreCase: false } }, { path: '/admin' })).toBeUndefined();
  });

  it('ignores case only when told', () => {
    expect(failure({ path: { kind: 'exact', value: '/A/B', ignoreCase: true } })).toBeUndefined();
    expect(failure({ path: { kind: 'exact', value: '/A/B', ignoreCase: false } })).toBeDefined();
    expect(failure({ path: { kind: 'regex', value: '/A/B', ignoreCase: true } })).toBeUndefined();
    expect(failure({ path: { kind: 'regex', value: '/A/B', ignoreCase: false } })).toBeDefined();
  });

  it('tells an absent header from an empty one', () => {
    const present = (name: string, inverted = false) => ({
      headers: [{ name, match: { kind: 'present' as const }, inverted }],
    });
    expect(failure(present('x-empty'))).toBeUndefined();
    expect(failure(present('x-none'))).toBe('header x-none');
    expect(failure(present('x-none', true))).toBeUndefined();
    expect(failure(present('x-user', true))).toBe('without header x-user');
  });

  it('takes a missing header for an empty one in inverted conditions on values', () => {
    expect(failure({ headers: [{ name: 'x-none', match: { kind: 'exact', value: '' }, inverted: true }] })).toBe(
      'without header x-none',
    );
    expect(
      failure({ headers: [{ name: 'x-none', match: { kind: 'exact', value: 'a' }, inverted: true }] }),
    ).toBeUndefined();
  });

  it('matches method, authority and query parameters', () => {
    expect(
      failure({ method: { kind: 'exact', value: 'GET' }, authority: { kind: 'prefix', value: 'sh' } }),
    ).toBeUndefined();
    expect(failure({ method: { kind: 'exact', value: 'POST' } })).toBe('method');
    expect(failure({ queryParameters: [{ name: 'user', match: { kind: 'exact', value: 'ann' } }] })).toBeUndefined();
    expect(failure({ queryParameters: [{ name: 'user', match: { kind: 'exact', value: 'bob' } }] })).toBe(
      'query parameter user',
    );
  });
});

describe('queryParameter', () => {
  it('gives the first value, an empty one without "="', () => {
    expect(queryParameter(get.path, 'empty')).toBe('');
    expect(queryParameter(get.path, 'flag')).toBe('');
    expect(queryParameter('/?a=1&a=2', 'a')).toBe('1');
    expect(queryParameter('/a', 'a')).toBeUndefined();
  });
});
