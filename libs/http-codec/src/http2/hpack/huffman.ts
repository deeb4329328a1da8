import { codeLengths, codes, emits, fails, mayEnd, stateShift, transitions } from './huffman-code.ts';

const lengths = Uint8Array.from(codeLengths);

/**
 * Decodes `from[start..end)` into `to`, which has room for 8/5 of it, from its begin.
 * @returns the number of bytes; -1 when it is no Huffman code, or its padding is not at most 7 ones.
 */
export function huffmanDecode(from: Uint8Array, start: number, end: number, to: Uint8Array): number {
  let state = 0;
  let entry = mayEnd;
  let written = 0;
  for (let at = start; at < end; at++) {
    const byte = from[at] as number;
    entry = transitions[(state << 4) | (byte >>> 4)] as number;
    if ((entry & emits) !== 0) to[written++] = entry & 0xff;
    // A failed entry has state 0, so what follows is wrong but harmless: it is found out below.
    let failed = entry & fails;
    entry = transitions[((entry >>> stateShift) << 4) | (byte & 15)] as number;
    if ((entry & emits) !== 0) to[written++] = entry & 0xff;
    failed |= entry & fails;
    if (failed !== 0) return -1;
    state = entry >>> stateShift;
  }
  return (entry & mayEnd) !== 0 ? written : -1;
}

/** Bytes that `text` (latin1) takes when coded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 0xff] as number;
  return (bits + 7) >>> 3;
}

/** Codes `text` (latin1) into `to` from `at` on. @returns where it ends. */
export function huffmanEncode(text: string, to: Uint8Array, at: number): number {
  // At most 7 bits wait at the begin of a round, and a code has at most 30: kept in two steps so that 32 bits are enough.
  let pending = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i) & 0xff;
    let length = lengths[byte] as number;
    const code = codes[byte] as number;
    if (length > 16) {
      pending = (pending << (length - 16)) | (code >>> 16);
      count += length - 16;
      length = 16;
      while (count >= 8) {
        count -= 8;
        to[at++] = pending >>> count;
      }
      pending &= 0xff;
      pending = (pending << 16) | (code & 0xffff);
    } else {
      pending = (pending << length) | code;
    }
    count += length;
    while (count >= 8) {
      count -= 8;
      to[at++] = pending >>> count;
    }
    pending &= (1 << count) - 1;
  }
  if (count > 0) to[at++] = (pending << (8 - count)) | (0xff >>> count);
  return at;
}
