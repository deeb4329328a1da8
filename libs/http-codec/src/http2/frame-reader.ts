import { ErrorCode, Http2Error } from './error-code.ts';
import { Flag, frameHeaderBytes, FrameType, maxFrameBytes } from './frame-type.ts';

/** Takes frames in their order. */
export interface FrameHandler {
  /** A DATA frame without padding begins; `length` is its payload. */
  onDataFrame(streamId: number, flags: number, length: number): void;
  /** A part of it, as it arrives; `last` with the end, also of an empty frame. The bytes are the transport's again afterwards. */
  onDataPart(part: Buffer, last: boolean): void;
  /** Any other frame, whole: its payload is `bytes[start..end)`, valid during the call. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

const nothing = Buffer.alloc(0);

/** Cuts bytes into frames. DATA goes on as it comes, uncopied; other frames that arrive in pieces are put together, at most 16 KiB. */
export class FrameReader {
  readonly #handler: FrameHandler;
  /** Bytes of a client's preface that have still to come. */
  #preface: Buffer;
  /** Begin of a frame that is not yet complete. */
  #held: Buffer = nothing;
  #heldBytes = 0;
  /** Payload of the DATA frame that is under way. */
  #dataLeft = 0;
  #stopped = false;

  constructor(handler: FrameHandler, preface: string) {
    this.#handler = handler;
    this.#preface = Buffer.from(preface, 'latin1');
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#stopped = true;
    this.#held = nothing;
  }

  /** Throws {@link Http2Error}, also what the handler throws. */
  read(chunk: Buffer): void {
    let at = this.#preface.length > 0 ? this.#readPreface(chunk) : 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#dataLeft > 0) at = this.#readData(chunk, at);
      else if (this.#heldBytes > 0) at = this.#complete(chunk, at);
      else at = this.#readFrame(chunk, at);
    }
  }

  #readPreface(chunk: Buffer): number {
    const count = Math.min(chunk.length, this.#preface.length);
    if (chunk.compare(this.#preface, 0, count, 0, count) !== 0) {
      throw new Http2Error(ErrorCode.protocolError, 'not the connection preface');
    }
    this.#preface = this.#preface.subarray(count);
    return count;
  }

  #readData(chunk: Buffer, at: number): number {
    const end = Math.min(at + this.#dataLeft, chunk.length);
    this.#dataLeft -= end - at;
    this.#handler.onDataPart(chunk.subarray(at, end), this.#dataLeft === 0);
    return end;
  }

  /** A frame, or what there is of it, from its header on. */
  #readFrame(chunk: Buffer, at: number): number {
    if (chunk.length - at < frameHeaderBytes) return this.#hold(chunk, at, frameHeaderBytes);
    const length = checkedLength(chunk, at);
    const type = chunk[at + 3] as number;
    const start = at + frameHeaderBytes;
    if (type === FrameType.data && ((chunk[at + 4] as number) & Flag.padded) === 0) {
      this.#beginData(chunk, at, length);
      return start;
    }
    if (chunk.length - start < length) return this.#hold(chunk, at, frameHeaderBytes + length);
    this.#handler.onFrame(type, chunk[at + 4] as number, streamIdAt(chunk, at), chunk, start, start + length);
    return start + length;
  }

  #beginData(bytes: Buffer, at: number, length: number): void {
    this.#dataLeft = length;
    this.#handler.onDataFrame(streamIdAt(bytes, at), bytes[at + 4] as number, length);
    if (length === 0) this.#handler.onDataPart(nothing, true);
  }

  /** Keeps the rest of the chunk for a frame of `bytes` bytes. */
  #hold(chunk: Buffer, at: number, bytes: number): number {
    if (this.#held.length < bytes) this.#held = Buffer.allocUnsafeSlow(bytes);
    this.#heldBytes = chunk.copy(this.#held, 0, at);
    return chunk.length;
  }

  /** Adds to a frame that is held, and hands it on when it is whole. */
  #complete(chunk: Buffer, at: number): number {
    if (this.#heldBytes < frameHeaderBytes) {
      at += this.#fill(chunk, at, frameHeaderBytes);
      if (this.#heldBytes < frameHeaderBytes) return at;
    }
    const length = checkedLength(this.#held, 0);
    const type = this.#held[3] as number;
    const flags = this.#held[4] as number;
    if (type === FrameType.data && (flags & Flag.padded) === 0) {
      this.#heldBytes = 0;
      this.#beginData(this.#held, 0, length);
      return at;
    }
    const whole = frameHeaderBytes + length;
    if (this.#held.length < whole) {
      const larger = Buffer.allocUnsafeSlow(whole);
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    at += this.#fill(chunk, at, whole);
    if (this.#heldBytes < whole) return at;
    const held = this.#held;
    this.#heldBytes = 0;
    // Large ones are rare, and connections are many.
    if (held.length > 256) this.#held = nothing;
    this.#handler.onFrame(type, flags, streamIdAt(held, 0), held, frameHeaderBytes, whole);
    return at;
  }

  #fill(chunk: Buffer, at: number, upTo: number): number {
    const copied = chunk.copy(this.#held, this.#heldBytes, at, at + upTo - this.#heldBytes);
    this.#heldBytes += copied;
    return copied;
  }
}

function checkedLength(bytes: Buffer, at: number): number {
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (length > maxFrameBytes) throw new Http2Error(ErrorCode.frameSizeError, 'frame larger than allowed');
  return length;
}

/** The reserved bit is ignored. */
function streamIdAt(bytes: Buffer, at: number): number {
  const high = (bytes[at + 5] as number) & 0x7f;
  return (
    (high << 24) | ((bytes[at + 6] as number) << 16) | ((bytes[at + 7] as number) << 8) | (bytes[at + 8] as number)
  );
}
