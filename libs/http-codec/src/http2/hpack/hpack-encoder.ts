import { assertFieldName, assertFieldValue } from '../../field-text.ts';
import type { HeaderList } from '../../headers.ts';
import { entryOverhead } from './dynamic-table.ts';
import { classifyName, FieldKind } from './field-kind.ts';
import { defaultTableSize } from './hpack-decoder.ts';
import { huffmanEncode, huffmanLength } from './huffman.ts';
import { staticEntries, staticTable } from './static-table.ts';

/** What the encoder knows of a name. */
interface NameRecord {
  readonly name: string;
  /** First index in the static table; 0 without. */
  readonly staticIndex: number;
  /** Values in the tables: a static index as a negative number, or the serial number of a dynamic entry. */
  readonly values: Map<string, number>;
  /** Serial number of the newest dynamic entry of that name; -1 without. */
  newest: number;
  /** Entries in the dynamic table. */
  entries: number;
  /** Values that were added one after another and of which none was found again. Names whose values never come again are not added any more. */
  wasted: number;
  /** Secret: sent so that nobody on the way puts it into a table (RFC 7541, section 7.1.3). */
  readonly never: boolean;
  /** Fields of an HTTP/1 connection and invalid names are left out. */
  readonly skipped: boolean;
}

interface DynamicEntry {
  readonly record: NameRecord;
  readonly value: string;
}

const neverIndexed = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization']);

/** Names are kept in mind beyond their entries up to this many; peers may send ever new ones through us. */
const maxRecords = 512;

/** A name of this many wasted entries is only added again now and then. */
const wastedEnough = 6;
const tryAgainEvery = 32;

/** Bytes that a field takes at most beside its name and value: an index and two lengths. */
const fieldOverhead = 12;

/**
 * Writes header blocks. One per connection and direction. Every name and value is looked for in both tables; values that come again are sent as an index.
 * Call {@link begin}, then {@link field} for each, then {@link end}.
 */
export class HpackEncoder {
  readonly #records = new Map<string, NameRecord>();
  /** Dynamic entries, oldest first: entry of serial number n is at `n & (length - 1)`. */
  #ring: (DynamicEntry | undefined)[] = new Array<DynamicEntry | undefined>(64).fill(undefined);
  /** Serial number of the next entry, and of the oldest one that is still there. */
  #next = 0;
  #oldest = 0;
  #size = 0;
  #maxSize = defaultTableSize;
  /** Largest table that we want, whatever the peer allows. */
  readonly #wanted: number;
  /** Smallest size since the last block, to be told first; -1 when nothing changed. */
  #smallest = -1;
  #to: Buffer = nothing;
  #at = 0;

  constructor(wantedTableSize = defaultTableSize) {
    this.#wanted = wantedTableSize;
    if (wantedTableSize < defaultTableSize) this.setPeerLimit(defaultTableSize);
  }

  get tableSize(): number {
    return this.#size;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. The next block begins with the size updates that are due. */
  setPeerLimit(bytes: number): void {
    const size = Math.min(bytes, this.#wanted);
    if (size === this.#maxSize) return;
    this.#smallest = this.#smallest < 0 ? size : Math.min(this.#smallest, size);
    this.#maxSize = size;
    this.#evictTo(size);
  }

  /** Bytes that {@link list} takes at most. Throws a TypeError when a field cannot be sent: before anything is written, since the table follows what is. */
  static bound(headers: HeaderList): number {
    assertSendable(headers);
    let bytes = headers.names.length * fieldOverhead;
    for (let i = 0; i < headers.names.length; i++) {
      bytes += (headers.names[i] as string).length + (headers.values[i] as string).length;
    }
    return bytes;
  }

  /** Bytes that size updates, and pseudo fields of `textBytes` bytes in all, take at most. */
  static pseudoBound(textBytes: number): number {
    return textBytes + 128;
  }

  begin(to: Buffer, at: number): void {
    this.#to = to;
    this.#at = at;
    if (this.#smallest < 0) return;
    if (this.#smallest < this.#maxSize) this.#integer(0x20, 31, this.#smallest);
    this.#integer(0x20, 31, this.#maxSize);
    this.#smallest = -1;
  }

  /** @returns where the block ends. */
  end(): number {
    this.#to = nothing;
    return this.#at;
  }

  status(status: number): void {
    if (status === 200) this.#to[this.#at++] = 0x88;
    else this.field(':status', String(status));
  }

  list(headers: HeaderList): void {
    const names = headers.names;
    const values = headers.values;
    for (let i = 0; i < names.length; i++) this.field(names[i] as string, values[i] as string);
  }

  field(name: string, value: string): void {
    const record = this.#records.get(name) ?? this.#newRecord(name);
    if (record.skipped) return;
    if (record.never) {
      this.#literal(0x10, 15, record, value);
      return;
    }
    const found = record.values.get(value);
    if (found !== undefined) {
      record.wasted = 0;
      this.#integer(0x80, 127, found < 0 ? -found : this.#indexOf(found));
      return;
    }
    const bytes = name.length + value.length + entryOverhead;
    // Entries of more than a quarter of the table would push out too much that comes again.
    if (bytes * 4 > this.#maxSize) {
      this.#literal(0, 15, record, value);
      return;
    }
    record.wasted++;
    if (record.wasted > wastedEnough && record.wasted % tryAgainEvery !== 0) {
      this.#literal(0, 15, record, value);
      return;
    }
    this.#literal(0x40, 63, record, value);
    this.#add(record, value, bytes);
  }

  #indexOf(serial: number): number {
    return staticEntries + this.#next - serial;
  }

  #literal(pattern: number, mask: number, record: NameRecord, value: string): void {
    const index =
      record.staticIndex > 0 ? record.staticIndex : record.newest >= this.#oldest ? this.#indexOf(record.newest) : 0;
    this.#integer(pattern, mask, index);
    if (index === 0) this.#string(record.name);
    this.#string(value);
  }

  #integer(pattern: number, mask: number, value: number): void {
    if (value < mask) {
      this.#to[this.#at++] = pattern | value;
      return;
    }
    this.#to[this.#at++] = pattern | mask;
    let rest = value - mask;
    while (rest >= 128) {
      this.#to[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#to[this.#at++] = rest;
  }

  #string(text: string): void {
    const coded = huffmanLength(text);
    if (coded < text.length) {
      this.#integer(0x80, 127, coded);
      this.#at = huffmanEncode(text, this.#to, this.#at);
      return;
    }
    this.#integer(0, 127, text.length);
    for (let i = 0; i < text.length; i++) this.#to[this.#at++] = text.charCodeAt(i);
  }

  #newRecord(name: string): NameRecord {
    if (this.#records.size >= maxRecords) this.#forgetNames();
    const known = staticNames.get(name);
    const record: NameRecord = {
      name,
      staticIndex: known?.index ?? 0,
      values: new Map(known?.values),
      newest: -1,
      entries: 0,
      wasted: 0,
      never: neverIndexed.has(name),
      skipped: isSkipped(classifyName(name)),
    };
    this.#records.set(name, record);
    return record;
  }

  #forgetNames(): void {
    for (const [name, record] of this.#records) {
      if (record.entries === 0) this.#records.delete(name);
    }
  }

  #add(record: NameRecord, value: string, bytes: number): void {
    this.#evictTo(this.#maxSize - bytes);
    if (this.#next - this.#oldest === this.#ring.length) this.#grow();
    this.#ring[this.#next & (this.#ring.length - 1)] = { record, value };
    record.values.set(value, this.#next);
    record.newest = this.#next;
    record.entries++;
    this.#next++;
    this.#size += bytes;
  }

  #evictTo(bytes: number): void {
    while (this.#size > bytes && this.#oldest < this.#next) {
      const at = this.#oldest & (this.#ring.length - 1);
      const { record, value } = this.#ring[at] as DynamicEntry;
      this.#ring[at] = undefined;
      record.values.delete(value);
      record.entries--;
      this.#size -= record.name.length + value.length + entryOverhead;
      this.#oldest++;
    }
  }

  #grow(): void {
    const larger = new Array<DynamicEntry | undefined>(this.#ring.length * 2).fill(undefined);
    for (let serial = this.#oldest; serial < this.#next; serial++) {
      larger[serial & (larger.length - 1)] = this.#ring[serial & (this.#ring.length - 1)];
    }
    this.#ring = larger;
  }
}

const nothing = Buffer.alloc(0);

/** Throws a TypeError when a field would not come out as it went in. */
export function assertSendable(headers: HeaderList): void {
  if (headers.checked) return;
  for (const [name, value] of headers) {
    assertFieldName(name);
    assertFieldValue(name, value);
  }
}

function isSkipped(kind: number): boolean {
  return kind === FieldKind.connectionSpecific || kind === FieldKind.host || kind === FieldKind.invalid;
}

/** First index of a name, and its values with theirs. */
const staticNames = new Map<string, { readonly index: number; readonly values: (readonly [string, number])[] }>();
for (let index = 1; index <= staticEntries; index++) {
  const { name, value } = staticTable[index] as (typeof staticTable)[number];
  let known = staticNames.get(name);
  if (known === undefined) staticNames.set(name, (known = { index, values: [] }));
  if (value !== '') known.values.push([value, -index]);
}
