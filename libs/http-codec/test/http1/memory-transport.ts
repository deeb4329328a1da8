import { beginTurn, endTurn } from '../../src/turn.ts';
import type { Transport, TransportReader } from '../../src/transport.ts';

/** One end of a connection in memory, for specs. Nothing moves until {@link MemoryTransport.run}, or the spec takes it with `take`. */
export class MemoryTransport implements Transport {
  reader: TransportReader | undefined;
  /** Bytes that may wait before `write` gives false. */
  highWaterMark = 64 * 1024;
  /** Calls of `write` so far. */
  writes = 0;
  bufferedBytes = 0;
  ended = false;
  destroyed = false;
  closed = false;
  paused = false;
  /** Bytes move in pieces of this size at most. */
  pieceSize = 64 * 1024;
  #peer: MemoryTransport | undefined;
  #waiting: Buffer[] = [];
  #blocked = false;
  #endSeen = false;

  /** Two ends of one connection. */
  static pair(): [MemoryTransport, MemoryTransport] {
    const pair: [MemoryTransport, MemoryTransport] = [new MemoryTransport(), new MemoryTransport()];
    pair[0].#peer = pair[1];
    pair[1].#peer = pair[0];
    return pair;
  }

  /** Moves bytes, ends and closes between the two ends until nothing moves any more. */
  static run(a: MemoryTransport, b: MemoryTransport): void {
    settle();
    for (let steps = 0; a.#step() || b.#step(); steps++) if (steps > 1_000_000) throw new Error('no end of events');
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.ended || this.destroyed) return true;
    const copy = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    this.writes++;
    this.#waiting.push(copy);
    this.bufferedBytes += copy.length;
    if (this.bufferedBytes > this.highWaterMark) this.#blocked = true;
    return !this.#blocked;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.#waiting = [];
    this.bufferedBytes = 0;
  }

  pause(): void {
    if (this.paused) throw new Error('paused twice');
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) throw new Error('resumed twice');
    this.paused = false;
  }

  /** What was written and not yet taken, as latin1 text; tells the reader that it is gone. */
  take(): string {
    settle();
    const bytes = this.takeBytes();
    this.#drained();
    return bytes.toString('latin1');
  }

  /** The same without telling. */
  takeBytes(): Buffer {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.bufferedBytes = 0;
    return bytes;
  }

  /** The peer's bytes arrive, in the transport's own buffer, which is overwritten afterwards. */
  receive(bytes: string | Uint8Array): void {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    this.reader?.onBytes(buffer);
    buffer.fill(0x23);
  }

  /** Gives whether something moved. */
  #step(): boolean {
    const peer = this.#peer as MemoryTransport;
    if (this.closed) return false;
    const bothEnded = this.ended && this.#endSeen && peer.#endSeen;
    if (this.destroyed || bothEnded || (peer.closed && peer.destroyed)) {
      this.closed = true;
      this.takeBytes();
      this.reader?.onClose();
      return true;
    }
    if (peer.closed) return false;
    if (this.#sending) {
      if (peer.paused) return false;
      this.#move(peer);
      return true;
    }
    if (!this.ended || peer.#endSeen || peer.paused) return false;
    peer.#endSeen = true;
    peer.reader?.onEnd();
    return true;
  }

  get #sending(): boolean {
    return this.#waiting.length > 0;
  }

  #move(peer: MemoryTransport): void {
    const first = this.#waiting[0] as Buffer;
    const piece = first.subarray(0, this.pieceSize);
    if (piece.length === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(piece.length);
    this.bufferedBytes -= piece.length;
    peer.receive(piece);
    if (!this.#sending) this.#drained();
  }

  #drained(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.reader?.onDrain();
  }
}

/** Ends the turn of what the spec itself did, instead of the microtask that would. */
function settle(): void {
  beginTurn();
  endTurn();
}
