import { tags } from './tags.ts';

/** Bytes that are not DER, or not the structure that was asked for. Caught at the edge of this library and told as a value. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** One element as it stands in the input. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly raw: Uint8Array;
}

/**
 * Reads DER strictly, front to back: definite lengths in their shortest form, one-byte tags, nothing beyond the end. It never copies and
 * never recurses by itself, so hostile input costs no more than its length.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** Reads the next element, of a given tag if one is given. */
  read(tag?: number): Element {
    const start = this.#at;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new DerError('a tag of several bytes');
    if (tag !== undefined && found !== tag)
      throw new DerError(`tag 0x${found.toString(16)} instead of 0x${tag.toString(16)}`);
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError('an element that ends after the input');
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag: found, content, raw: this.#bytes.subarray(start, end) };
  }

  /** Reads the next element if it has the tag. */
  optional(tag: number): Element | undefined {
    return this.nextTag === tag ? this.read(tag) : undefined;
  }

  /** Goes into the next element, by default a SEQUENCE. */
  enter(tag: number = tags.sequence): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (!this.atEnd) throw new DerError('more data than expected');
  }

  /** An INTEGER's two's complement bytes, in shortest form. */
  integer(): Uint8Array {
    const { content } = this.read(tags.integer);
    const [first, second] = content;
    if (first === undefined) throw new DerError('an empty integer');
    const padded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
    if (padded) throw new DerError('an integer that is not in its shortest form');
    return content;
  }

  /** A small INTEGER that is not negative. */
  smallInteger(): number {
    const bytes = this.integer();
    if (bytes.length > 4 || (bytes[0] ?? 0) >= 0x80) throw new DerError('an integer out of range');
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  oid(): string {
    return readOid(this.read(tags.oid).content);
  }

  boolean(): boolean {
    const { content } = this.read(tags.boolean);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
      throw new DerError('a boolean that is neither true nor false');
    return content[0] === 0xff;
  }

  octetString(): Uint8Array {
    return this.read(tags.octetString).content;
  }

  /** A BIT STRING of whole bytes. */
  bitString(): Uint8Array {
    const { content } = this.read(tags.bitString);
    if (content[0] !== 0) throw new DerError('a bit string that is not of whole bytes');
    return content.subarray(1);
  }

  /** The set bits of a BIT STRING of named bits. */
  namedBits(): ReadonlySet<number> {
    const { content } = this.read(tags.bitString);
    const unused = content[0];
    if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0))
      throw new DerError('a bad bit string');
    const bits = new Set<number>();
    for (let bit = 0; bit < (content.length - 1) * 8 - unused; bit++) {
      if ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) bits.add(bit);
    }
    return bits;
  }

  /** A UTCTime or GeneralizedTime, as milliseconds since the epoch. */
  time(): number {
    const { tag, content } = this.read();
    const text = Buffer.from(content).toString('latin1');
    const digits =
      tag === tags.utcTime
        ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text
        : tag === tags.generalizedTime
          ? text
          : '';
    const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
    if (match === null) throw new DerError('a bad time');
    const [, year, month, day, hour, minute, second] = match;
    const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
    const ms = Date.parse(iso);
    if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) throw new DerError('a bad time');
    return ms;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError('an unexpected end');
    this.#at++;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new DerError('an indefinite or overlong length');
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('a length that is not in its shortest form');
    return length;
  }
}

/** More arcs or larger ones than any real identifier has. */
const maxOidBytes = 64;

function readOid(content: Uint8Array): string {
  const last = content.at(-1);
  if (last === undefined || content.length > maxOidBytes || last >= 0x80) throw new DerError('a bad object identifier');
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerError('an object identifier that is not in its shortest form');
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError('an object identifier out of range');
    fresh = byte < 0x80;
    if (!fresh) continue;
    arcs.push(arc);
    arc = 0;
  }
  const head = arcs[0] ?? 0;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...arcs.slice(1)].join('.');
}
