/** Length-prefixed messages of one direction of a gRPC call, counted as they begin. Source: gRPC over HTTP/2, "Length-Prefixed-Message". */
export class GrpcMessages {
  count = 0;
  /** Bytes of a prefix that have come, while it is not whole. */
  #prefix = 0;
  #length = 0;
  /** Bytes of the message that are still to come. */
  #left = 0;
  /** What came is no gRPC; nothing more is counted. */
  #broken = false;

  add(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#broken) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
      } else {
        this.#addPrefix(chunk[at++] as number);
      }
    }
  }

  /** A flag, which is 0 or 1, and four bytes of length. */
  #addPrefix(byte: number): void {
    if (this.#prefix === 0) {
      this.#broken = byte > 1;
      if (this.#broken) return;
      this.count++;
      this.#length = 0;
    } else {
      this.#length = this.#length * 256 + byte;
    }
    this.#prefix = (this.#prefix + 1) % prefixBytes;
    if (this.#prefix === 0) this.#left = this.#length;
  }
}

const prefixBytes = 5;
