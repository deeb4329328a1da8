import type { Transport, TransportReader } from '@malla/http-codec';

/** One end of a pair in memory. What is written arrives at the other end when {@link MemoryPair.run} says so, as bytes of a socket do. */
export class MemoryTransport implements Transport {
  reader: TransportReader | undefined;
  peer!: MemoryTransport;
  /** Writes that wait for the other end. */
  readonly outgoing: Buffer[] = [];
  bufferedBytes = 0;
  /** More than this gives false. */
  highWater = 64 * 1024;
  paused = false;
  ended = false;
  destroyed = false;
  #endDelivered = false;
  #closeTold = false;
  #needsDrain = false;

  write(bytes: Uint8Array | string): boolean {
    if (this.ended || this.destroyed) return true;
    const copy = Buffer.from(bytes as string, 'latin1');
    this.outgoing.push(copy);
    this.bufferedBytes += copy.length;
    if (this.bufferedBytes <= this.highWater) return true;
    this.#needsDrain = true;
    return false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.outgoing.length = 0;
    this.bufferedBytes = 0;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Delivers one thing; false when there is nothing to do. */
  step(): boolean {
    const { peer } = this;
    if (!peer.paused && !peer.destroyed && this.outgoing.length > 0 && peer.reader !== undefined) {
      const chunk = this.outgoing.shift() as Buffer;
      this.bufferedBytes -= chunk.length;
      peer.reader.onBytes(chunk);
      if (this.#needsDrain && this.bufferedBytes === 0) {
        this.#needsDrain = false;
        this.reader?.onDrain();
      }
      return true;
    }
    if (this.ended && this.outgoing.length === 0 && !this.#endDelivered && !peer.paused && peer.reader !== undefined) {
      this.#endDelivered = true;
      if (!peer.destroyed) peer.reader.onEnd();
      return true;
    }
    const over = this.destroyed || peer.destroyed || (this.#endDelivered && peer.#endDelivered);
    if (over && !this.#closeTold) {
      this.#closeTold = true;
      this.destroyed = true;
      this.reader?.onClose();
      return true;
    }
    return false;
  }
}

/** A connection in memory. */
export class MemoryPair {
  readonly near = new MemoryTransport();
  readonly far = new MemoryTransport();

  constructor() {
    this.near.peer = this.far;
    this.far.peer = this.near;
  }

  step(): boolean {
    return this.near.step() || this.far.step();
  }
}
