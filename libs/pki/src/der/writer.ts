import { tags } from './tags.ts';

/** Writes one element: tag, length, content. The content may come in parts. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = header(tag, length);
  const out = Buffer.allocUnsafe(head.length + length);
  head.copy(out);
  let at = head.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, ...parts);
}

/** A SET of one element; more would have to be sorted, and X.509 as written here has no need of it. */
export function setOf(part: Uint8Array): Buffer {
  return element(tags.set, part);
}

/** An INTEGER that is not negative, from its big-endian bytes; leading zeros are dropped. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  const first = trimmed[0] ?? 0;
  if (trimmed.length === 0) return element(tags.integer, Buffer.of(0));
  return first < 0x80 ? element(tags.integer, trimmed) : element(tags.integer, Buffer.of(0), trimmed);
}

/** A small INTEGER, 0 to 127. */
export function smallInteger(value: number): Buffer {
  return element(tags.integer, Buffer.of(value));
}

/** @throws TypeError if the text is no object identifier in dotted form */
export function oid(dotted: string): Buffer {
  const arcs = dotted.split('.').map(Number);
  const [first, second, ...rest] = arcs;
  const valid = arcs.every((arc) => Number.isSafeInteger(arc) && arc >= 0);
  if (!valid || first === undefined || second === undefined || first > 2 || (first < 2 && second > 39)) {
    throw new TypeError(`Not an object identifier: ${dotted}`);
  }
  return element(tags.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

export function octetString(content: Uint8Array): Buffer {
  return element(tags.octetString, content);
}

/** A BIT STRING of whole bytes. */
export function bitString(content: Uint8Array): Buffer {
  return element(tags.bitString, Buffer.of(0), content);
}

/** A BIT STRING of named bits (KeyUsage): bit 0 is the first; trailing zero bits are cut, as DER asks for. */
export function namedBits(bits: readonly number[]): Buffer {
  const highest = Math.max(...bits);
  const bytes = Buffer.alloc((highest >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return element(tags.bitString, Buffer.of(7 - (highest & 7)), bytes);
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.of(value ? 0xff : 0));
}

export function nullValue(): Buffer {
  return element(tags.null);
}

export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text, 'utf8'));
}

/** A time in whole seconds: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). */
export function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  if (digits < '1950' || digits >= '2050') return element(tags.generalizedTime, Buffer.from(digits, 'latin1'));
  return element(tags.utcTime, Buffer.from(digits.slice(2), 'latin1'));
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  if (length < 0x100) return Buffer.of(tag, 0x81, length);
  if (length < 0x10000) return Buffer.of(tag, 0x82, length >> 8, length & 0xff);
  return Buffer.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}
