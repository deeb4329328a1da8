import { Word64 } from './word64.ts';

const MULTIPLIER_HIGH = 0xc6a4a793;
const MULTIPLIER_LOW = 0x5bd1e995;
/** Of libstdc++'s std::hash, which Envoy's MURMUR_HASH_2 is to be compatible with. */
const STD_HASH_SEED = 0xc70f6907;

const result = new Word64();
const block = new Word64();

/**
 * MurmurHash2, 64 bits, as libstdc++'s `std::hash` computes it: Envoy's MURMUR_HASH_2 for ring hash. `text` is Latin-1; `seed` a whole
 * number below 2^32.
 */
export function murmurHash2(text: string, seed = STD_HASH_SEED): bigint {
  murmurHash2Into(result, text, seed);
  return result.toBigInt();
}

/** Same, into a register of the caller's. */
export function murmurHash2Into(hash: Word64, text: string, seed = STD_HASH_SEED): void {
  const length = text.length;
  const aligned = length - (length % 8);
  hash.set(0, length);
  hash.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
  hash.xor(0, seed);
  for (let at = 0; at < aligned; at += 8) {
    loadBlock(text, at, 8);
    block.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
    block.xorShiftRight(47);
    block.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
    hash.xor(block.high, block.low);
    hash.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
  }
  if (aligned < length) {
    loadBlock(text, aligned, length - aligned);
    hash.xor(block.high, block.low);
    hash.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
  }
  hash.xorShiftRight(47);
  hash.multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
  hash.xorShiftRight(47);
}

function loadBlock(text: string, at: number, bytes: number): void {
  let high = 0;
  let low = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = text.charCodeAt(at + i) & 0xff;
    if (i < 4) low |= byte << (8 * i);
    else high |= byte << (8 * (i - 4));
  }
  block.set(high, low);
}
