/** Writes protobuf's wire format without any schema, for the few messages that a worker makes itself. Fields of a default value are left out. */
export class ProtoWriter {
  #buffer = Buffer.allocUnsafe(4_096);
  #length = 0;

  /** What was written, in memory of its own that may be handed over to another thread; the writer begins anew. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    bytes.set(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }

  get length(): number {
    return this.#length;
  }

  uint(field: number, value: number): void {
    if (value <= 0 || !Number.isFinite(value)) return;
    this.#varint(field * 8);
    this.#varint(value);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1);
  }

  /** google.protobuf.UInt32Value: 0 is a value too. */
  wrappedUint(field: number, value: number): void {
    const at = this.begin(field);
    this.uint(1, value);
    this.end(at);
  }

  text(field: number, value: string | undefined): void {
    if (value === undefined || value === '') return;
    if (value.length < 0x80 && this.#shortText(field, value)) return;
    const bytes = Buffer.byteLength(value);
    this.#varint(field * 8 + 2);
    this.#varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length);
  }

  /** A text that is there and empty. */
  emptyText(field: number): void {
    this.#varint(field * 8 + 2);
    this.#varint(0);
  }

  /** Bytes, from hexadecimal digits; nothing for none. */
  bytes(field: number, digits: string): void {
    if (digits === '') return;
    const length = digits.length >> 1;
    this.#varint(field * 8 + 2);
    this.#varint(length);
    this.#reserve(length);
    this.#length += this.#buffer.write(digits, this.#length, 'hex');
  }

  fixed64(field: number, value: bigint): void {
    this.#varint(field * 8 + 1);
    this.#reserve(8);
    this.#length = this.#buffer.writeBigUInt64LE(value, this.#length);
  }

  /** What was written from `start` on (a {@link length} of before), to be written {@link raw} again. */
  copyFrom(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, start, this.#length);
  }

  /** Fields that are written already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** ASCII that is shorter than two calls into the runtime are long; false: it is not ASCII, and nothing was written. */
  #shortText(field: number, value: string): boolean {
    this.#reserve(value.length + 12);
    const start = this.#length;
    this.#varint(field * 8 + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const c = value.charCodeAt(i);
      if (c > 0x7f) {
        this.#length = start;
        return false;
      }
      buffer[at++] = c;
    }
    this.#length = at;
    return true;
  }

  /** google.protobuf.Duration. */
  duration(field: number, ms: number | undefined): void {
    if (ms === undefined || ms < 0) return;
    const at = this.begin(field);
    this.uint(1, Math.floor(ms / 1_000));
    this.uint(2, Math.floor((ms % 1_000) * 1e6));
    this.end(at);
  }

  /** Begins a message in a field; what is written until `end` is inside. */
  begin(field: number): number {
    this.#varint(field * 8 + 2);
    // Room for a length of up to two bytes; longer ones move the content.
    this.#reserve(2);
    this.#length += 2;
    return this.#length;
  }

  end(at: number): void {
    const size = this.#length - at;
    if (size < 0x4000) {
      // Two bytes for small sizes too: a padded varint, which every reader of protobuf takes.
      this.#buffer[at - 2] = (size & 0x7f) | 0x80;
      this.#buffer[at - 1] = size >> 7;
      return;
    }
    let extra = 0;
    for (let rest = size >>> 14; rest > 0; rest >>>= 7) extra++;
    this.#reserve(extra);
    this.#buffer.copyWithin(at + extra, at, this.#length);
    this.#length += extra;
    let rest = size;
    for (let i = at - 2; i < at + extra; i++) {
      this.#buffer[i] = (rest & 0x7f) | (i < at + extra - 1 ? 0x80 : 0);
      rest >>>= 7;
    }
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
