import { ErrorCode, Http2Error } from './error-code.ts';
import type { FloodGuard } from './flood-guard.ts';
import { Flag, FrameType } from './frame-type.ts';

/** Takes header blocks that are complete; the bytes are valid during the call. */
export interface HeaderBlockHandler {
  onHeaderBlock(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void;
}

/** Puts HEADERS and CONTINUATION frames together. One block at a time: nothing may come between. At most 9 frames of 16 KiB are held. */
export class HeaderBlocks {
  readonly #handler: HeaderBlockHandler;
  readonly #guard: FloodGuard;
  readonly #maxBytes: number;
  /** Stream whose block is not complete; 0 without. */
  #streamId = 0;
  #endStream = false;
  #parts: Buffer[] = [];
  #bytes = 0;
  #continuations = 0;

  constructor(params: {
    readonly handler: HeaderBlockHandler;
    readonly guard: FloodGuard;
    readonly maxHeadersBytes: number;
  }) {
    this.#handler = params.handler;
    this.#guard = params.guard;
    // Fields that nobody keeps still have to be decoded for the table: room for a list that is too large, but not for any.
    this.#maxBytes = params.maxHeadersBytes * 2 + 16_384;
  }

  /** Throws when a frame of this kind may not come now. */
  check(type: number, streamId: number): void {
    if (this.#streamId === 0) {
      if (type === FrameType.continuation)
        throw new Http2Error(ErrorCode.protocolError, 'CONTINUATION without HEADERS');
    } else if (type !== FrameType.continuation || streamId !== this.#streamId) {
      throw new Http2Error(ErrorCode.protocolError, 'header block interrupted');
    }
  }

  headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    let from = start;
    let to = end;
    if ((flags & Flag.padded) !== 0) to -= bytes[from++] as number;
    if ((flags & Flag.priority) !== 0) {
      checkDependency(bytes, from, end, streamId);
      from += 5;
    }
    if (from > to || from > end) throw new Http2Error(ErrorCode.protocolError, 'padding larger than its frame');
    const endStream = (flags & Flag.endStream) !== 0;
    this.#guard.frameWithPayload(to - from, endStream);
    if ((flags & Flag.endHeaders) !== 0) {
      this.#handler.onHeaderBlock(streamId, endStream, bytes, from, to);
      return;
    }
    this.#streamId = streamId;
    this.#endStream = endStream;
    this.#continuations = 0;
    this.#hold(bytes, from, to);
  }

  continuation(flags: number, bytes: Buffer, start: number, end: number): void {
    this.#guard.continuation(++this.#continuations);
    const last = (flags & Flag.endHeaders) !== 0;
    this.#guard.frameWithPayload(end - start, last);
    this.#hold(bytes, start, end);
    if (!last) return;
    const block = Buffer.concat(this.#parts, this.#bytes);
    const streamId = this.#streamId;
    this.drop();
    this.#handler.onHeaderBlock(streamId, this.#endStream, block, 0, block.length);
  }

  /** Lets go what is held. */
  drop(): void {
    this.#streamId = 0;
    this.#parts = [];
    this.#bytes = 0;
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > this.#maxBytes) {
      throw new Http2Error(ErrorCode.enhanceYourCalm, 'header block too large', 'http2.too_many_headers');
    }
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
  }
}

/** Priorities are not used, but a stream that depends on itself is an error. Source: RFC 7540, section 5.3.1 */
export function checkDependency(bytes: Buffer, at: number, end: number, streamId: number): void {
  if (at + 5 > end) throw new Http2Error(ErrorCode.frameSizeError, 'no room for the priority');
  if ((bytes.readUInt32BE(at) & 0x7fffffff) === streamId) {
    throw new Http2Error(ErrorCode.protocolError, 'stream depends on itself');
  }
}
