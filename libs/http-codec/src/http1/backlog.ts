/** Bytes of requests that wait for the one before them. At most what one read brought, because the transport is paused with it. */
export class Backlog {
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  get empty(): boolean {
    return this.start === this.end;
  }

  /** Keeps what is left of `chunk`: a copy, unless it is the backlog's own. */
  keep(chunk: Buffer, start: number, end: number): void {
    if (start === end) {
      this.clearIf(chunk);
    } else if (chunk === this.bytes) {
      this.start = start;
    } else {
      this.bytes = this.empty ? Buffer.from(chunk.subarray(start, end)) : this.#joined(chunk.subarray(start, end));
      this.start = 0;
      this.end = this.bytes.length;
    }
  }

  /** Forgets all when `chunk` is the backlog's own: it has been read. */
  clearIf(chunk: Buffer): void {
    if (chunk === this.bytes) this.clear();
  }

  clear(): void {
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
  }

  #joined(more: Uint8Array): Buffer {
    return Buffer.concat([this.bytes.subarray(this.start, this.end), more]);
  }
}

const NOTHING = Buffer.alloc(0);
