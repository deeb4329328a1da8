import { describe, expect, it } from 'vitest';
import { murmurHash2 } from './murmur-hash.ts';

const MASK = (1n << 64n) - 1n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;

/** libstdc++'s algorithm with BigInt. */
function reference(text: string): bigint {
  const mix = (v: bigint): bigint => v ^ (v >> 47n);
  const load = (part: string): bigint =>
    [...part].reduceRight((value, c) => (value << 8n) | BigInt(c.charCodeAt(0) & 0xff), 0n);
  let hash = 0xc70f6907n ^ ((BigInt(text.length) * MULTIPLIER) & MASK);
  const aligned = text.length - (text.length % 8);
  for (let at = 0; at < aligned; at += 8) {
    hash ^= (mix((load(text.slice(at, at + 8)) * MULTIPLIER) & MASK) * MULTIPLIER) & MASK;
    hash = (hash * MULTIPLIER) & MASK;
  }
  if (aligned < text.length) hash = ((hash ^ load(text.slice(aligned))) * MULTIPLIER) & MASK;
  hash = (mix(hash) * MULTIPLIER) & MASK;
  return mix(hash);
}

describe('murmurHash2', () => {
  it.each([
    ['', 6142509188972423790n],
    ['foo', 9631199822919835226n],
    ['bar', 11474628671133349555n],
    ['foo\nbar', 16306510975912980159n],
    ['lyft', 12847078931730529320n],
  ])('of %j is the known value', (text, expected) => {
    expect(murmurHash2(text)).toBe(expected);
  });

  it('is what libstdc++ computes', () => {
    for (const text of ['', 'a', 'test string', '127.0.0.1:50000_0', '127.0.0.1:50000_123', '\xff\x80x'.repeat(9)]) {
      expect(murmurHash2(text)).toBe(reference(text));
    }
  });
});
