import { ErrorCode, Http2Error } from '../error-code.ts';
import { DynamicTable, entryOverhead } from './dynamic-table.ts';
import { CharacterClass, characterClasses, FieldKind, kindOfName } from './field-kind.ts';
import { huffmanDecode } from './huffman.ts';
import { staticEntries, staticTable, type TableEntry } from './static-table.ts';

/** Takes the fields of a header block in their order. `kind` is one of {@link FieldKind}. */
export interface FieldSink {
  onField(name: string, value: string, kind: number): void;
}

/** Table size before SETTINGS say otherwise. */
export const defaultTableSize = 4096;

/** Where Huffman strings are decoded to; what is in there is used before the next is decoded. */
let scratch = Buffer.allocUnsafeSlow(8192);

/**
 * Reads header blocks. One per connection and direction, as its table lives from block to block: every block has to be decoded, also of streams that
 * nobody wants any more. Throws {@link Http2Error} with COMPRESSION_ERROR, after which the connection cannot go on.
 */
export class HpackDecoder {
  readonly #table = new DynamicTable(defaultTableSize);
  /** Largest table that the peer may use: what our SETTINGS say, once it has acknowledged them. */
  #limit = defaultTableSize;
  /** The peer has to make its table smaller at the begin of its next block. */
  #mustShrink = false;
  #bytes: Buffer = scratch;
  #at = 0;
  #end = 0;
  /** Bits of all characters of the string that was read last. */
  #classes = 0;

  /** Bytes in use by the table, as RFC 7541 counts them. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. */
  setLimit(bytes: number): void {
    this.#limit = bytes;
    this.#mustShrink = this.#table.maxSize > bytes;
  }

  decode(bytes: Buffer, start: number, end: number, sink: FieldSink): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    let sizeMayChange = true;
    while (this.#at < end) {
      const first = bytes[this.#at] as number;
      if ((first & 0xe0) === 0x20) {
        if (!sizeMayChange) throw compressionError('size update inside a header block');
        this.#resize(this.#integer(31));
        continue;
      }
      if (this.#mustShrink) throw compressionError('table larger than acknowledged');
      sizeMayChange = false;
      if ((first & 0x80) !== 0) {
        const entry = this.#entry(first === 0xff ? this.#integer(127) : this.#short(first & 0x7f));
        sink.onField(entry.name, entry.value, entry.kind);
      } else if ((first & 0x40) !== 0) {
        const entry = this.#literal(first === 0x7f ? this.#integer(63) : this.#short(first & 0x3f));
        this.#table.add(entry);
        sink.onField(entry.name, entry.value, entry.kind);
      } else {
        const entry = this.#literal((first & 0x0f) === 15 ? this.#integer(15) : this.#short(first & 0x0f));
        sink.onField(entry.name, entry.value, entry.kind);
      }
    }
    this.#bytes = scratch;
  }

  #short(value: number): number {
    this.#at++;
    return value;
  }

  #resize(bytes: number): void {
    if (bytes > this.#limit) throw compressionError('table size above the limit');
    this.#table.maxSize = bytes;
    this.#mustShrink = false;
  }

  #entry(index: number): TableEntry {
    const entry = index <= staticEntries ? (index === 0 ? undefined : staticTable[index]) : this.#table.at(index);
    if (entry === undefined) throw compressionError('no such index');
    return entry;
  }

  #literal(nameIndex: number): TableEntry {
    let name: string;
    let nameKind: number;
    if (nameIndex === 0) {
      name = this.#string();
      nameKind = kindOfName(name, this.#classes);
    } else {
      const named = this.#entry(nameIndex);
      name = named.name;
      nameKind = named.nameKind;
    }
    const sent = this.#string();
    const kind = (this.#classes & CharacterClass.badInValue) === 0 ? nameKind : FieldKind.invalid;
    return { name, value: trimmed(sent), kind, nameKind, bytes: name.length + sent.length + entryOverhead };
  }

  /** An integer whose prefix has the bits of `mask`; at most 5 bytes and below 2^28, which no length or index reaches. */
  #integer(mask: number): number {
    let value = this.#next() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#next();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw compressionError('integer too large');
  }

  #next(): number {
    if (this.#at >= this.#end) throw compressionError('header block ends inside a field');
    return this.#bytes[this.#at++] as number;
  }

  #string(): string {
    if (this.#at >= this.#end) throw compressionError('header block ends inside a field');
    const huffman = ((this.#bytes[this.#at] as number) & 0x80) !== 0;
    const length = this.#integer(127);
    const start = this.#at;
    const end = start + length;
    if (end > this.#end) throw compressionError('string longer than its header block');
    this.#at = end;
    if (!huffman) return this.#text(this.#bytes, start, end);
    const room = length * 2;
    if (scratch.length < room) scratch = Buffer.allocUnsafeSlow(room);
    const written = huffmanDecode(this.#bytes, start, end, scratch);
    if (written < 0) throw compressionError('not a Huffman code');
    return this.#text(scratch, 0, written);
  }

  #text(bytes: Buffer, start: number, end: number): string {
    let classes = 0;
    for (let at = start; at < end; at++) classes |= characterClasses[bytes[at] as number] as number;
    this.#classes = classes;
    return start === end ? '' : bytes.toString('latin1', start, end);
  }
}

/** White space around a value means nothing; taken away, as in HTTP/1, so that nobody behind can read it differently. */
function trimmed(value: string): string {
  if (value.length === 0) return value;
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first !== 0x20 && first !== 0x09 && last !== 0x20 && last !== 0x09) return value;
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function compressionError(message: string): Http2Error {
  return new Http2Error(ErrorCode.compressionError, `HPACK: ${message}`);
}
