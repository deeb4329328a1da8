import type { Transport, TransportReader } from '../src/transport.ts';

export interface MemoryTransportOptions {
  /** Largest piece that the reader gets at once; everything that waits when it is left out. */
  readonly chunkBytes?: number;
  /** `write` gives false when this many bytes wait. Default 64 KiB. */
  readonly highWaterMark?: number;
}

/** One end of a pipe in memory: what is written here is read at the other end, when {@link deliver} is called or by itself soon. */
export class MemoryTransport implements Transport {
  readonly #options: MemoryTransportOptions;
  #peer: MemoryTransport | undefined;
  #reader: TransportReader | undefined;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #ending = false;
  #endSent = false;
  #destroyed = false;
  #closed = false;
  #paused = false;
  #wantsDrain = false;
  #scheduled = false;
  /** False: bytes move only by {@link deliver}. */
  automatic = true;
  /** The peer of this end reads nothing. */
  stuck = false;
  writes = 0;
  bytesWritten = 0;

  constructor(options: MemoryTransportOptions = {}) {
    this.#options = options;
  }

  static pair(options: MemoryTransportOptions = {}): [MemoryTransport, MemoryTransport] {
    const a = new MemoryTransport(options);
    const b = new MemoryTransport(options);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  /** Set before anything is delivered. */
  set reader(reader: TransportReader) {
    this.#reader = reader;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  get ended(): boolean {
    return this.#ending || this.#destroyed;
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.#ending || this.#destroyed) return false;
    const copy = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    this.writes++;
    this.bytesWritten += copy.length;
    this.#waiting.push(copy);
    this.#bytes += copy.length;
    this.#schedule();
    if (this.#bytes < (this.#options.highWaterMark ?? 65_536)) return true;
    this.#wantsDrain = true;
    return false;
  }

  end(): void {
    this.#ending = true;
    this.#schedule();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#waiting = [];
    this.#bytes = 0;
    queueMicrotask(() => {
      this.#close();
      (this.#peer as MemoryTransport).#close();
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    (this.#peer as MemoryTransport).#schedule();
  }

  /** Bytes that nobody has read, and takes them. */
  take(): Buffer {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    return all;
  }

  /** Gives the other end's reader one piece. @returns false when there was nothing. */
  deliver(): boolean {
    const peer = this.#peer as MemoryTransport;
    if (peer.#paused || this.stuck || peer.#closed) return false;
    if (this.#bytes > 0) {
      const all = this.take();
      const size = Math.min(all.length, this.#options.chunkBytes ?? all.length);
      if (size < all.length) {
        this.#waiting = [all.subarray(size)];
        this.#bytes = all.length - size;
      }
      const piece = Buffer.from(all.subarray(0, size));
      peer.#reader?.onBytes(piece);
      // Whoever keeps it without a copy is found out.
      piece.fill(0xee);
      if (this.#bytes === 0 && this.#wantsDrain) {
        this.#wantsDrain = false;
        this.#reader?.onDrain();
      }
      return true;
    }
    if (!this.#ending || this.#endSent) return false;
    this.#endSent = true;
    peer.#reader?.onEnd();
    if (peer.#endSent) {
      this.#close();
      peer.#close();
    }
    return true;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#destroyed = true;
    this.#reader?.onClose();
  }

  #schedule(): void {
    if (!this.automatic || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.automatic && this.deliver()) this.#schedule();
    });
  }
}
