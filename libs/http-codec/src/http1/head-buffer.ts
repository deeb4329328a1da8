const FIRST_SIZE = 1024;

/** Keeps the bytes of a head (or trailers) that came in several pieces, together in one buffer, up to a bound. */
export class HeadBuffer {
  bytes: Buffer = EMPTY;
  length = 0;
  readonly #limit: number;

  /** `limit`: bytes that are kept at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes what fits of `chunk` from `start` on; gives how many bytes. */
  append(chunk: Buffer, start: number, end: number): number {
    const taken = Math.min(end - start, this.#limit - this.length);
    const needed = this.length + taken;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#limit, Math.max(FIRST_SIZE, needed * 2)));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.length, start, start + taken);
    this.length = needed;
    return taken;
  }

  /** Forgets all, and gives the memory back. */
  clear(): void {
    this.bytes = EMPTY;
    this.length = 0;
  }
}

const EMPTY = Buffer.alloc(0);
