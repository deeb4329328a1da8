/** Bytes for a tunnel that is not there yet, copied, up to a bound. */
export class EarlyBytes {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** In bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False: there is no room. */
  add(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return true;
    this.#length += chunk.length;
    if (this.#length > this.#limit) return false;
    this.#chunks.push(Uint8Array.from(chunk));
    return true;
  }

  /** Gives all, and forgets it. */
  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.clear();
    return chunks;
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
