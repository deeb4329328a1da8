import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSpiffeId, parseSpiffeId, trustDomainProblem } from './spiffe-id.ts';

const trustDomain = fc.stringMatching(/^[a-z0-9._-]{1,40}$/);
const segment = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/).filter((text) => text !== '.' && text !== '..');

describe('SPIFFE ids', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(trustDomain, fc.array(segment, { maxLength: 6 }), (domain, segments) => {
        const id = { trustDomain: domain, path: segments.map((text) => `/${text}`).join('') };
        expect(parseSpiffeId(formatSpiffeId(id))).toEqual({ ok: true, id });
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseSpiffeId(text).ok === 'boolean'));
    fc.assert(fc.property(fc.string(), (text) => typeof parseSpiffeId(`spiffe://${text}`).ok === 'boolean'));
  });

  it.each([
    ['http://cluster.local/x', 'scheme'],
    ['SPIFFE://cluster.local/x', 'scheme'],
    ['spiffe://', 'trust_domain'],
    ['spiffe:///ns/a', 'trust_domain'],
    ['spiffe://Cluster.local/x', 'trust_domain'],
    ['spiffe://user@cluster.local/x', 'trust_domain'],
    ['spiffe://cluster.local:443/x', 'trust_domain'],
    ['spiffe://cluster.local?x=1', 'trust_domain'],
    ['spiffe://cluster.local/', 'path'],
    ['spiffe://cluster.local/a/', 'path'],
    ['spiffe://cluster.local//a', 'path'],
    ['spiffe://cluster.local/a/../b', 'path'],
    ['spiffe://cluster.local/a/./b', 'path'],
    ['spiffe://cluster.local/a%2fb', 'path'],
    ['spiffe://cluster.local/a#b', 'path'],
    ['spiffe://cluster.local/\u00e9', 'path'],
    [`spiffe://${'a'.repeat(256)}/x`, 'too_long'],
    [`spiffe://cluster.local/${'a'.repeat(2048)}`, 'too_long'],
  ])('refuses %s', (text, code) => {
    expect(parseSpiffeId(text)).toMatchObject({ ok: false, problem: { code } });
  });

  it('takes ids at the limits of length', () => {
    expect(trustDomainProblem('a'.repeat(255))).toBeUndefined();
    const text = `spiffe://td/${'a'.repeat(2048 - 'spiffe://td/'.length)}`;
    expect(text).toHaveLength(2048);
    expect(parseSpiffeId(text).ok).toBe(true);
  });

  it('throws when the caller formats parts that were never checked', () => {
    expect(() => formatSpiffeId({ trustDomain: 'A', path: '' })).toThrow(TypeError);
  });
});
