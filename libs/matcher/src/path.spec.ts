import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeAny, normalizeTarget, rewriteTarget, splitTarget } from './path.ts';

const prefix = (value: string) => ({ kind: 'prefix' as const, value, ignoreCase: false });

describe('normalizeTarget', () => {
  it.each([
    ['/a/../b', '/b'],
    ['/a/./b/', '/a/b/'],
    ['/a/..', '/'],
    ['/..', '/'],
    ['/a%2e%2e/b', '/a../b'],
    ['/a/%2e%2e/b', '/b'],
    ['/%61dmin', '/admin'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a\\b', '/a/b'],
    ['//a', '//a'],
    ['/a/../b?c=/../d', '/b?c=/../d'],
    ['/a/.;x/b', '/a/b'],
    ['/a/..;x/b', '/b'],
    ['/a/..;', '/'],
    ['/a/%2e%2e;/b', '/a/..;/b'],
    ['/a\\..;b', '/a/..;b'],
    ['/a/..;%2f/b', '/b'],
    ['/a/...;/b', '/a/...;/b'],
    ['/%252e%252e/a', '/%252e%252e/a'],
    ['/%2/../a', '/a'],
    ['/{"}', '/%7B%22%7D'],
  ])('%s becomes %s', (target, expected) => expect(normalizeTarget(target)).toBe(expected));

  it.each(['/a%00b', '/a#b', '/a?b#c', '/\u00e9', 'a', '*'])('%s is refused', (target) => {
    expect(normalizeTarget(target)).toBeUndefined();
  });

  it('leaves alone only what the long way leaves alone too', () => {
    const piece = fc.constantFrom(
      'a',
      '/',
      '.',
      '..',
      '%2e',
      '%41',
      ';',
      '\\\\',
      '?',
      '#',
      '"',
      '{',
      '~',
      ' ',
      '\u00e9',
      '\0',
      '%00',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const target = `/${pieces.join('')}`;
        expect(normalizeTarget(target)).toBe(normalizeAny(target));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is idempotent on paths without escapes, and leaves no dot segments', () => {
    const target = fc
      .array(fc.constantFrom('a', '.', '..', 'b.c', ''), { minLength: 1 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(target, (path) => {
        const once = normalizeTarget(path) ?? '';
        expect(normalizeTarget(once)).toBe(once);
        expect(once.split('/')).not.toContain('..');
      }),
    );
  });
});

describe('rewriteTarget', () => {
  it('replaces the matched prefix and keeps the rest and the query', () => {
    expect(rewriteTarget('/old/x?y=1', { kind: 'prefix', value: '/new' }, prefix('/old'))).toBe('/new/x?y=1');
  });

  it('replaces the whole path', () => {
    expect(rewriteTarget('/any/thing?y=1', { kind: 'full', value: '/fixed' }, prefix('/'))).toBe('/fixed?y=1');
  });

  it('substitutes groups of an RE2 expression everywhere', () => {
    const rewrite = { kind: 'regex' as const, match: '/v(\\d)/', substitution: '/version-\\1/' };
    expect(rewriteTarget('/v1/a/v2/b?v=/v3/', rewrite, prefix('/'))).toBe('/version-1/a/version-2/b?v=/v3/');
    expect(rewriteTarget('/x', { kind: 'regex', match: '.*', substitution: '/y' }, prefix('/'))).toBe('/y');
  });

  it('keeps the query whatever the rewrite', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z=&/]*$/), (query) => {
        const target = `/a/b?${query}`;
        expect(splitTarget(rewriteTarget(target, { kind: 'prefix', value: '/c' }, prefix('/a'))).query).toBe(
          `?${query}`,
        );
      }),
    );
  });
});
