const largestBlock = 16_384;

/** Bytes that wait, copied from whoever gave them. Small pieces are put together, so that a queue costs about what it holds, however it was cut. */
export class ByteQueue {
  #blocks: Buffer[] = [];
  /** How far the first block is taken, and the last one filled. */
  #from = 0;
  #end = 0;
  /** Bytes that wait. */
  length = 0;

  push(bytes: Uint8Array): void {
    let rest = bytes;
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#end < last.length) {
      const fits = rest.subarray(0, last.length - this.#end);
      last.set(fits, this.#end);
      this.#end += fits.length;
      rest = rest.subarray(fits.length);
    }
    if (rest.length > 0) {
      const block = Buffer.allocUnsafeSlow(Math.max(rest.length, Math.min(this.length, largestBlock)));
      block.set(rest);
      this.#blocks.push(block);
      this.#end = rest.length;
    }
    this.length += bytes.length;
  }

  /** What waits first, as much as lies together; only while there is something. Not to be used after the next {@link take} of it. */
  get first(): Buffer {
    const block = this.#blocks[0] as Buffer;
    return block.subarray(this.#from, this.#blocks.length === 1 ? this.#end : block.length);
  }

  /** Lets go of bytes of {@link first}. */
  take(bytes: number): void {
    this.length -= bytes;
    this.#from += bytes;
    const block = this.#blocks[0] as Buffer;
    if (this.length > 0 && this.#from < block.length) return;
    this.#blocks.shift();
    this.#from = 0;
  }
}
