import type { Transport } from '../transport.ts';
import { Flag, frameHeaderBytes, FrameType, maxFrameBytes } from './frame-type.ts';
import { giveSlab, giveSlabLater, takeSlab } from './slabs.ts';

/** Flushes up to this size are copied where the transport keeps buffers, so that no large slab is held for a few bytes. */
const copiedBytes = 4096;

/** One write: where it ends among all bytes, and the frames that end in it. */
interface Given {
  readonly end: number;
  readonly frames: number;
  readonly controlFrames: number;
}

/**
 * Collects a connection's frames and writes them in as few pieces as possible. Bodies are copied: one large write costs less than several small ones, and
 * the caller's buffer is free again at once. The owner's `onPending` is called when there is something to flush again.
 */
export class Output {
  readonly #transport: Transport;
  readonly #owner: { onPending(): void };
  /** Frames that are not yet with the transport, up to `#at`. */
  #slab: Buffer | undefined;
  #at = 0;
  /** The transport did not take everything at once the last time. */
  #transportKeeps = false;
  /** The transport wants no more DATA until {@link drained}. */
  full = false;
  /** Frames, and control frames among them, that the transport has not got rid of. */
  framesWaiting = 0;
  controlFramesWaiting = 0;
  /** Of them, those that were given to the transport, by write: transports such as TLS are hardly ever empty under load. */
  readonly #given: Given[] = [];
  #givenFrames = 0;
  #givenControlFrames = 0;
  /** Bytes that the transport ever got. */
  #written = 0;

  constructor(transport: Transport, owner: { onPending(): void }) {
    this.#transport = transport;
    this.#owner = owner;
  }

  data(streamId: number, chunk: Uint8Array, from: number, count: number, endStream: boolean): void {
    const slab = this.#reserve(frameHeaderBytes + count);
    const at = this.#header(slab, count, FrameType.data, endStream ? Flag.endStream : 0, streamId);
    if (count > 0) {
      slab.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), at);
      this.#at += count;
    }
    this.framesWaiting++;
  }

  /** Where a header block of at most `bound` bytes is to be written to; {@link endHeaders} follows. Only up to {@link maxFrameBytes}. */
  beginHeaders(bound: number): Buffer {
    return this.#reserve(frameHeaderBytes + bound);
  }

  /** Offset of the block in the buffer of {@link beginHeaders}. */
  get headersAt(): number {
    return this.#at + frameHeaderBytes;
  }

  /** `end` is where the block ends. */
  endHeaders(streamId: number, end: number, endStream: boolean): void {
    const length = end - this.headersAt;
    const flags = Flag.endHeaders | (endStream ? Flag.endStream : 0);
    this.#header(this.#slab as Buffer, length, FrameType.headers, flags, streamId);
    this.#at += length;
    this.framesWaiting++;
  }

  /** A header block that may need CONTINUATION frames. */
  longHeaders(streamId: number, block: Buffer, endStream: boolean): void {
    let type: number = FrameType.headers;
    let flags: number = endStream ? Flag.endStream : 0;
    let from = 0;
    do {
      const count = Math.min(block.length - from, maxFrameBytes);
      if (from + count === block.length) flags |= Flag.endHeaders;
      const slab = this.#reserve(frameHeaderBytes + count);
      const at = this.#header(slab, count, type, flags, streamId);
      block.copy(slab, at, from, from + count);
      this.#at += count;
      this.framesWaiting++;
      from += count;
      type = FrameType.continuation;
      flags = 0;
    } while (from < block.length);
  }

  /** A frame of 32-bit numbers. `control`: counts against the bound on control frames. */
  numbers(type: number, flags: number, streamId: number, values: readonly number[], control: boolean): void {
    const slab = this.#reserve(frameHeaderBytes + values.length * 4);
    let at = this.#header(slab, values.length * 4, type, flags, streamId);
    for (const value of values) at = slab.writeUInt32BE(value, at);
    this.#at = at;
    this.framesWaiting++;
    if (control) this.controlFramesWaiting++;
  }

  /** Any other frame, or the preface. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length).set(bytes, this.#at);
    this.#at += bytes.length;
    this.framesWaiting++;
  }

  settings(entries: readonly (readonly [id: number, value: number])[]): void {
    const slab = this.#reserve(frameHeaderBytes + entries.length * 6);
    let at = this.#header(slab, entries.length * 6, FrameType.settings, 0, 0);
    for (const [id, value] of entries) {
      at = slab.writeUInt16BE(id, at);
      at = slab.writeUInt32BE(value, at);
    }
    this.#at = at;
    this.framesWaiting++;
  }

  /** Gives all frames to the transport. */
  flush(): void {
    const slab = this.#slab;
    if (slab !== undefined) {
      const view = slab.subarray(0, this.#at);
      this.#written += view.length;
      const frames = this.framesWaiting - this.#givenFrames;
      const controlFrames = this.controlFramesWaiting - this.#givenControlFrames;
      this.#given.push({ end: this.#written, frames, controlFrames });
      this.#givenFrames += frames;
      this.#givenControlFrames += controlFrames;
      const copied = this.#transportKeeps && view.length <= copiedBytes;
      // First: writing may call back.
      this.#slab = undefined;
      this.#at = 0;
      this.full = !this.#transport.write(copied ? Buffer.from(view) : view);
      this.#transportKeeps = this.#transport.bufferedBytes > 0;
      if (copied || !this.#transportKeeps) giveSlab(slab);
      else giveSlabLater(slab, this.#transport);
    }
    this.#settle();
  }

  /** The transport has taken everything. */
  drained(): void {
    this.full = false;
    this.#settle();
  }

  /** Forgets what has left the transport. */
  #settle(): void {
    const gone = this.#written - this.#transport.bufferedBytes;
    // Nearly always the first alone, or all.
    let count = 0;
    for (const { end, frames, controlFrames } of this.#given) {
      if (end > gone) break;
      count++;
      this.framesWaiting -= frames;
      this.controlFramesWaiting -= controlFrames;
      this.#givenFrames -= frames;
      this.#givenControlFrames -= controlFrames;
    }
    if (count > 0) this.#given.splice(0, count);
  }

  #reserve(bytes: number): Buffer {
    while (this.#slab !== undefined && this.#at + bytes > this.#slab.length) this.flush();
    if (this.#slab === undefined) {
      this.#slab = takeSlab();
      this.#owner.onPending();
    }
    return this.#slab;
  }

  /** @returns where the payload goes; `#at` is there too. */
  #header(slab: Buffer, length: number, type: number, flags: number, streamId: number): number {
    let at = this.#at;
    slab[at++] = length >>> 16;
    slab[at++] = length >>> 8;
    slab[at++] = length;
    slab[at++] = type;
    slab[at++] = flags;
    slab[at++] = streamId >>> 24;
    slab[at++] = streamId >>> 16;
    slab[at++] = streamId >>> 8;
    slab[at++] = streamId;
    this.#at = at;
    return at;
  }
}
