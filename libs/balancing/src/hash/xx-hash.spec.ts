import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xxHash64 } from './xx-hash.ts';

const MASK = (1n << 64n) - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

/** The specification word for word, with BigInt. */
function reference(text: string, seed: bigint): bigint {
  const bytes = [...text].map((c) => BigInt(c.charCodeAt(0) & 0xff));
  const rotate = (v: bigint, n: bigint): bigint => ((v << n) | (v >> (64n - n))) & MASK;
  const read = (at: number, n: number): bigint =>
    bytes.slice(at, at + n).reduceRight((value, byte) => (value << 8n) | byte, 0n);
  const round = (acc: bigint, input: bigint): bigint => (rotate((acc + input * P2) & MASK, 31n) * P1) & MASK;
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const acc = [(seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) acc[i] = round(acc[i] as bigint, read(at + 8 * i, 8));
    }
    const [a, b, c, d] = acc as [bigint, bigint, bigint, bigint];
    hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
    for (const value of acc) hash = ((hash ^ round(0n, value)) * P1 + P4) & MASK;
  } else {
    hash = (seed + P5) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) hash = (rotate(hash ^ round(0n, read(at, 8)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((read(at, 4) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotate(hash ^ (((bytes[at] as bigint) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

describe('xxHash64', () => {
  it.each([
    ['', 0, 17241709254077376921n],
    ['foo', 0, 3728699739546630719n],
    ['bar', 0, 5234164152756840025n],
    ['foo\nbar', 0, 8917841378505826757n],
    ['lyft', 0, 4400747396090729504n],
    ['abc', 0, 0x44bc2cf5ad770999n],
  ])('of %j with seed %i is the known value', (text, seed, expected) => {
    expect(xxHash64(text, seed)).toBe(expected);
  });

  it('is what the specification says for every text and seed', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
      maxLength: 150,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 0xffffffff }), (value, seed) => {
        expect(xxHash64(value, seed)).toBe(reference(value, BigInt(seed)));
      }),
    );
  });
});
