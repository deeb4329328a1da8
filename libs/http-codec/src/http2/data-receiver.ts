import { ErrorCode, Http2Error } from './error-code.ts';
import type { FloodGuard } from './flood-guard.ts';
import { checkStream, protocolError } from './frame-checks.ts';
import { Flag, FrameType } from './frame-type.ts';
import type { Output } from './output.ts';
import type { Http2Stream } from './stream.ts';

/** The connection, as the receiver of its DATA frames sees it. */
export interface DataOwner {
  readonly streams: ReadonlyMap<number, Http2Stream>;
  readonly guard: FloodGuard;
  readonly output: Output;
  /** By how much the window of streams is larger for a peer that does not yet know our SETTINGS. */
  readonly windowNotYetTold: number;
  /** There is no stream of that number (any more). Throws when there never was. */
  onDataWithoutStream(streamId: number): void;
  /** Resets the stream for what the peer did. */
  streamError(stream: Http2Stream, code: number): void;
}

/**
 * Gives DATA to its streams, and the connection's window back to the peer as bytes arrive: what a stream holds that is not read fills its own window, and must not
 * stop the others. Only what all of them hold beyond a whole window of the connection is given back no sooner than it is consumed, so that they hold two
 * such windows at most.
 */
export class DataReceiver {
  readonly #owner: DataOwner;
  readonly #window: number;
  /** Bytes that the peer may still send. */
  #left: number;
  /** Bytes that have come and are not yet given back. */
  #taken = 0;
  /** Bytes that streams hold. */
  #held = 0;
  /** Stream of the frame that is under way; undefined when nobody wants it. */
  #stream: Http2Stream | undefined;
  #ends = false;

  constructor(owner: DataOwner, window: number) {
    this.#owner = owner;
    this.#window = window;
    this.#left = window;
  }

  /** A frame begins; `bodyBytes` of it are no padding. */
  begin(streamId: number, flags: number, frameBytes: number, bodyBytes: number): void {
    checkStream(streamId);
    this.#ends = (flags & Flag.endStream) !== 0;
    this.#owner.guard.frameWithPayload(bodyBytes, this.#ends);
    this.#left -= frameBytes;
    if (this.#left < 0) throw new Http2Error(ErrorCode.flowControlError, 'connection window exceeded');
    this.#stream = undefined;
    const stream = this.#owner.streams.get(streamId);
    if (stream === undefined) this.#owner.onDataWithoutStream(streamId);
    else if (stream.remoteEnded) this.#owner.streamError(stream, ErrorCode.streamClosed);
    else if (!stream.takeWindow(frameBytes, this.#owner.windowNotYetTold))
      this.#owner.streamError(stream, ErrorCode.flowControlError);
    else if (!this.#fitsLength(stream, bodyBytes)) this.#owner.streamError(stream, ErrorCode.protocolError);
    else this.#stream = stream;
  }

  /** A part of the frame's body; `last` with its end. */
  part(bytes: Buffer, last: boolean): void {
    const stream = this.#stream;
    this.#taken += bytes.length;
    this.#held += bytes.length;
    if (stream === undefined || stream.closed) this.consumed(bytes.length);
    else stream.receive(bytes, last && this.#ends);
    this.#giveBack();
  }

  /** A whole frame with padding. */
  padded(streamId: number, flags: number, payload: Buffer): void {
    const padding = payload.length > 0 ? (payload[0] as number) : 0;
    const bodyEnd = payload.length - padding;
    if (bodyEnd < 1) throw protocolError('padding larger than its frame');
    this.begin(streamId, flags, payload.length, bodyEnd - 1);
    const stream = this.#stream;
    this.#taken += padding + 1;
    this.#held += padding + 1;
    if (stream === undefined) this.consumed(padding + 1);
    else stream.consume(padding + 1);
    this.part(payload.subarray(1, bodyEnd), true);
  }

  /** Bytes are with their receiver, or with nobody any more. */
  consumed(bytes: number): void {
    this.#held -= bytes;
    this.#giveBack();
  }

  #giveBack(): void {
    const bytes = this.#taken - Math.max(0, this.#held - this.#window);
    if (bytes * 2 < this.#window) return;
    this.#taken -= bytes;
    this.#left += bytes;
    this.#owner.output.numbers(FrameType.windowUpdate, 0, 0, [bytes], true);
  }

  #fitsLength(stream: Http2Stream, bytes: number): boolean {
    if (!stream.headReceived) return false;
    if (stream.expectedBytes < 0) return true;
    stream.expectedBytes -= bytes;
    return this.#ends ? stream.expectedBytes === 0 : stream.expectedBytes >= 0;
  }
}
