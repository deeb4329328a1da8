import { Word64 } from './word64.ts';

// The primes of XXH64 as high and low halves.
const P1H = 0x9e3779b1;
const P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d;
const P2L = 0x27d4eb4f;
const P3H = 0x165667b1;
const P3L = 0x9e3779f9;
const P4H = 0x85ebca77;
const P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f;
const P5L = 0x165667c5;

const result = new Word64();
const lane = new Word64();
const lanes = [new Word64(), new Word64(), new Word64(), new Word64()] as const;

/**
 * XXH64 as Envoy hashes header values, addresses and so on. `text` is Latin-1: every character is one byte (what is above 255 loses its
 * upper bits). `seed` is a whole number below 2^32; default 0. Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxHash64(text: string, seed = 0): bigint {
  xxHash64Into(result, text, seed);
  return result.toBigInt();
}

/** Same, into a register of the caller's: for tables with many hashes. */
export function xxHash64Into(hash: Word64, text: string, seed = 0): void {
  const length = text.length;
  let at = 0;
  if (length >= 32) {
    at = hashStripes(hash, text, seed);
  } else {
    hash.set(0, seed);
    hash.add(P5H, P5L);
  }
  hash.add(0, length);
  for (; at + 8 <= length; at += 8) {
    lane.set(readWord(text, at + 4), readWord(text, at));
    lane.multiply(P2H, P2L);
    lane.rotateLeft(31);
    lane.multiply(P1H, P1L);
    hash.xor(lane.high, lane.low);
    hash.rotateLeft(27);
    hash.multiply(P1H, P1L);
    hash.add(P4H, P4L);
  }
  if (at + 4 <= length) {
    lane.set(0, readWord(text, at));
    lane.multiply(P1H, P1L);
    hash.xor(lane.high, lane.low);
    hash.rotateLeft(23);
    hash.multiply(P2H, P2L);
    hash.add(P3H, P3L);
    at += 4;
  }
  for (; at < length; at++) {
    lane.set(0, text.charCodeAt(at) & 0xff);
    lane.multiply(P5H, P5L);
    hash.xor(lane.high, lane.low);
    hash.rotateLeft(11);
    hash.multiply(P1H, P1L);
  }
  hash.xorShiftRight(33);
  hash.multiply(P2H, P2L);
  hash.xorShiftRight(29);
  hash.multiply(P3H, P3L);
  hash.xorShiftRight(32);
}

/** The part of a long text in stripes of 32 bytes; returns how far it came. */
function hashStripes(hash: Word64, text: string, seed: number): number {
  const [first, second, third, fourth] = lanes;
  first.set(0, seed);
  first.add(P1H, P1L);
  first.add(P2H, P2L);
  second.set(0, seed);
  second.add(P2H, P2L);
  third.set(0, seed);
  fourth.set(0, seed);
  fourth.add(~P1H, ~P1L);
  fourth.add(0, 1);
  let at = 0;
  for (; at + 32 <= text.length; at += 32) {
    round(first, text, at);
    round(second, text, at + 8);
    round(third, text, at + 16);
    round(fourth, text, at + 24);
  }
  hash.set(0, 0);
  addRotated(hash, first, 1);
  addRotated(hash, second, 7);
  addRotated(hash, third, 12);
  addRotated(hash, fourth, 18);
  merge(hash, first);
  merge(hash, second);
  merge(hash, third);
  merge(hash, fourth);
  return at;
}

function round(into: Word64, text: string, at: number): void {
  lane.set(readWord(text, at + 4), readWord(text, at));
  lane.multiply(P2H, P2L);
  into.add(lane.high, lane.low);
  into.rotateLeft(31);
  into.multiply(P1H, P1L);
}

function addRotated(hash: Word64, value: Word64, bits: number): void {
  lane.set(value.high, value.low);
  lane.rotateLeft(bits);
  hash.add(lane.high, lane.low);
}

function merge(hash: Word64, value: Word64): void {
  lane.set(value.high, value.low);
  lane.multiply(P2H, P2L);
  lane.rotateLeft(31);
  lane.multiply(P1H, P1L);
  hash.xor(lane.high, lane.low);
  hash.multiply(P1H, P1L);
  hash.add(P4H, P4L);
}

/** Four bytes, little-endian. */
function readWord(text: string, at: number): number {
  return (
    (text.charCodeAt(at) & 0xff) |
    ((text.charCodeAt(at + 1) & 0xff) << 8) |
    ((text.charCodeAt(at + 2) & 0xff) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}
