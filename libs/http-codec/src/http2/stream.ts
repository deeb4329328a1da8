import type { BodyReceiver, BodySender, ResetReason } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import { ErrorCode } from './error-code.ts';
import { ByteQueue } from './byte-queue.ts';
import { assertSendable } from './hpack/hpack-encoder.ts';
import type { Http2Settings } from './options.ts';
import type { Sender } from './sender.ts';

/** The connection, as its streams see it. */
export interface StreamOwner {
  readonly sender: Sender;
  readonly settings: Pick<Http2Settings, 'maxBufferedBytes' | 'firstStreamWindowSize' | 'initialStreamWindowSize'>;
  /** Milliseconds. */
  now(): number;
  /** Writes a header block that is the stream's trailers. */
  writeTrailers(stream: Http2Stream, trailers: HeaderList): void;
  writeReset(streamId: number, code: number): void;
  /** `bytes` of a body are with their receiver, or with nobody any more. */
  consumed(bytes: number): void;
  /** More of this stream may come. */
  writeWindowUpdate(streamId: number, bytes: number): void;
  /** Calls {@link Http2Stream.deliverHeld} soon, not in the caller's stack. */
  deliverSoon(stream: Http2Stream): void;
  /** Both halves are over, or it was reset. */
  removed(stream: Http2Stream): void;
}

/** One stream: both halves of an exchange, with their flow control. */
export abstract class Http2Stream implements BodySender {
  protected readonly owner: StreamOwner;
  /** 0 before the client has sent the head. */
  id = 0;
  sendWindow = 0;
  /** Bytes that the peer may send before they are consumed. */
  #receiveWindow: number;
  /** Bytes that the peer may still send. */
  #receiveLeft: number;
  /** Bytes that are consumed and not yet given back to the peer. */
  #consumed = 0;
  /** Bytes that the receiver has taken since it last paused. */
  #takenAtOnce = 0;
  headSent = false;
  headReceived = false;
  localEnded = false;
  /** The peer has ended its half; what it sent may still be held. */
  remoteEnded = false;
  closed = false;
  /** We have sent RST_STREAM: what is still under way from the peer is no error. */
  resetSent = false;
  /** Bytes of the body that are still to come by content-length; -1 when it is not known. */
  expectedBytes = -1;
  /** Body that waits to be sent. */
  #queue: ByteQueue | undefined;
  #endQueued = false;
  #trailersQueued: HeaderList | undefined;
  #wantsWritable = false;
  /** When bytes of the queue were last sent, or it began. */
  #movedAt = 0;
  #paused = false;
  /** Body that came while paused: at most the window. */
  #held: ByteQueue | undefined;
  #heldTrailers: HeaderList | undefined;
  #heldEnd = false;
  #delivering = false;

  constructor(owner: StreamOwner, sendWindow: number) {
    this.owner = owner;
    this.sendWindow = sendWindow;
    this.#receiveWindow = owner.settings.firstStreamWindowSize;
    this.#receiveLeft = owner.settings.firstStreamWindowSize;
  }

  abstract get bodyReceiver(): BodyReceiver | undefined;

  /** Our half is sent and ended. */
  protected abstract onLocalEnd(): void;

  /** Body bytes that the peer has not yet taken. */
  get queuedBytes(): number {
    return this.#queue === undefined ? 0 : this.#queue.length;
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.closed || this.localEnded || this.#endQueued || !this.headSent) return true;
    if (this.#queue !== undefined) {
      if (this.#queue.length > this.owner.settings.maxBufferedBytes) this.#overflow();
      else this.#enqueue(chunk, 0, endStream);
      return false;
    }
    const at = this.owner.sender.send(this, chunk, 0, endStream);
    if (at >= 0) {
      this.#movedAt = this.owner.now();
      this.#enqueue(chunk, at, endStream);
      if (this.sendWindow > 0) this.owner.sender.wait(this);
      return false;
    }
    if (endStream) {
      this.#endLocal();
      return true;
    }
    if (!this.owner.sender.blocked) return true;
    this.#wantsWritable = true;
    this.owner.sender.wait(this);
    return false;
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.closed || this.localEnded || this.#endQueued || !this.headSent) return;
    if (this.#queue !== undefined) {
      assertSendable(trailers);
      this.#endQueued = true;
      this.#trailersQueued = trailers;
      return;
    }
    this.owner.writeTrailers(this, trailers);
    this.#endLocal();
  }

  reset(reason?: ResetReason): void {
    if (!this.closed) this.resetWith(this.codeFor(reason));
  }

  pauseReading(): void {
    this.#paused = true;
    this.#takenAtOnce = 0;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.closed) return;
    if (this.#held !== undefined || this.#heldEnd) this.owner.deliverSoon(this);
    else this.#giveBack();
  }

  /** RST_STREAM; nobody is told. */
  resetWith(code: number): void {
    if (this.closed) return;
    if (this.id !== 0) {
      this.resetSent = true;
      this.owner.writeReset(this.id, code);
    }
    this.close();
  }

  /** Ends the stream without a frame and tells the receiver. */
  fail(reason: ResetReason): void {
    if (this.closed) return;
    this.close();
    this.bodyReceiver?.onReset(reason);
  }

  /** The peer has sent RST_STREAM. */
  onRemoteReset(reason: ResetReason): void {
    this.fail(reason);
  }

  /** The peer takes nothing more of our half; what it has sent itself is still delivered. */
  protected stopSending(): void {
    this.localEnded = true;
    this.#dropQueue();
    if (this.remoteEnded && !this.#heldEnd) this.close();
  }

  /** Takes `bytes` from the window. False: the peer has sent more than it may, which is `more` than we have told. */
  takeWindow(bytes: number, more: number): boolean {
    this.#receiveLeft -= bytes;
    return this.#receiveLeft + more >= 0;
  }

  /** Body bytes have come; the buffer is not ours. */
  receive(part: Buffer, endStream: boolean): void {
    if (endStream) this.remoteEnded = true;
    if (this.#paused || this.#held !== undefined) {
      if (part.length > 0) (this.#held ??= new ByteQueue()).push(part);
      if (endStream) this.#heldEnd = true;
      return;
    }
    if (part.length > 0 || endStream) this.bodyReceiver?.onData(part, endStream);
    this.consume(part.length);
    if (endStream) this.#endRemote();
  }

  receiveTrailers(trailers: HeaderList): void {
    this.remoteEnded = true;
    if (this.#paused || this.#held !== undefined) {
      this.#heldTrailers = trailers;
      this.#heldEnd = true;
      return;
    }
    this.bodyReceiver?.onTrailers(trailers);
    this.#endRemote();
  }

  /** `bytes` of the body are consumed, or were only padding. */
  consume(bytes: number): void {
    if (bytes === 0) return;
    this.owner.consumed(bytes);
    this.#consumed += bytes;
    this.#takenAtOnce += bytes;
    if (!this.#paused) this.#giveBack();
  }

  /** Delivers what came while reading was paused, until it is paused again. */
  deliverHeld(): void {
    if (this.#delivering || this.#paused || this.closed) return;
    this.#delivering = true;
    while (this.#held !== undefined && !this.#paused && !this.closed) {
      const part = this.#held.first;
      this.#held.take(part.length);
      const last = this.#held.length === 0;
      if (last) this.#held = undefined;
      this.bodyReceiver?.onData(part, last && this.#heldEnd && this.#heldTrailers === undefined);
      if (!this.closed) this.consume(part.length);
      else this.owner.consumed(part.length);
      if (last && this.#heldEnd && this.#heldTrailers === undefined) this.#endHeld();
    }
    this.#delivering = false;
    if (this.#paused || this.closed || !this.#heldEnd || this.#held !== undefined) return;
    const trailers = this.#heldTrailers;
    if (trailers === undefined) this.bodyReceiver?.onData(nothing, true);
    else this.bodyReceiver?.onTrailers(trailers);
    this.#endHeld();
  }

  /** The peer takes more, or less, of this stream. */
  moveWindow(bytes: number): void {
    this.sendWindow += bytes;
    if (this.sendWindow > 0 && this.#queue !== undefined) this.owner.sender.wait(this);
  }

  sendSome(): boolean {
    if (this.#queue === undefined) {
      this.owner.sender.leave(this);
      return this.#tellWritable();
    }
    const queue = this.#queue;
    const first = queue.first;
    const lastOfAll = first.length === queue.length;
    const ends = lastOfAll && this.#endQueued && this.#trailersQueued === undefined;
    const at = this.owner.sender.send(this, first, 0, ends, 1);
    const sent = at < 0 ? first.length : at;
    if (this.sendWindow <= 0) this.owner.sender.leave(this);
    if (sent === 0) return false;
    this.#movedAt = this.owner.now();
    queue.take(sent);
    if (queue.length === 0) this.#queueSent();
    return true;
  }

  /** Milliseconds since which the peer has taken nothing of what waits; 0 when nothing waits. */
  stalledFor(now: number): number {
    return this.#queue !== undefined ? now - this.#movedAt : 0;
  }

  protected codeFor(reason: ResetReason | undefined): number {
    if (reason === 'remote-refused') return ErrorCode.refusedStream;
    if (reason === 'protocol-error') return ErrorCode.protocolError;
    if (reason === undefined || reason === 'local-reset') return ErrorCode.cancel;
    return reason === 'connection-failure' ? ErrorCode.connectError : ErrorCode.internalError;
  }

  /** Our half ends with the head. */
  protected endWithHead(): void {
    this.#endLocal();
  }

  /** The peer's half ended with its head. */
  protected endRemoteWithHead(): void {
    this.#endRemote();
  }

  protected close(): void {
    this.closed = true;
    this.localEnded = true;
    this.#dropQueue();
    if (this.#held !== undefined) this.owner.consumed(this.#held.length);
    this.#held = undefined;
    this.#heldEnd = false;
    this.owner.removed(this);
  }

  #overflow(): void {
    this.resetWith(ErrorCode.internalError);
    this.bodyReceiver?.onReset('overflow');
  }

  #enqueue(chunk: Uint8Array, from: number, endStream: boolean): void {
    if (chunk.length > from) (this.#queue ??= new ByteQueue()).push(from === 0 ? chunk : chunk.subarray(from));
    this.#endQueued = endStream;
    this.#wantsWritable = !endStream;
  }

  #queueSent(): void {
    this.#queue = undefined;
    this.owner.sender.leave(this);
    if (!this.#endQueued) {
      if (!this.#tellWritable()) this.owner.sender.wait(this);
      return;
    }
    if (this.#trailersQueued !== undefined) this.owner.writeTrailers(this, this.#trailersQueued);
    this.#endLocal();
  }

  #tellWritable(): boolean {
    if (!this.#wantsWritable) return true;
    if (this.owner.sender.blocked) return false;
    this.#wantsWritable = false;
    this.bodyReceiver?.onWritable();
    return true;
  }

  #dropQueue(): void {
    if (this.#queue === undefined && !this.#wantsWritable) return;
    this.#queue = undefined;
    this.#trailersQueued = undefined;
    this.#wantsWritable = false;
    this.owner.sender.leave(this);
  }

  #giveBack(): void {
    if (this.remoteEnded || this.closed || this.#consumed * 2 < this.#receiveWindow) return;
    let bytes = this.#consumed;
    const more = Math.min(this.#receiveWindow, this.owner.settings.initialStreamWindowSize - this.#receiveWindow);
    // Only a receiver that keeps up gets more room: a slow one would only hold more.
    if (more > 0 && this.#takenAtOnce >= 2 * this.#receiveWindow) {
      this.#receiveWindow += more;
      bytes += more;
      this.#takenAtOnce = 0;
    }
    this.#receiveLeft += bytes;
    this.owner.writeWindowUpdate(this.id, bytes);
    this.#consumed = 0;
  }

  #endLocal(): void {
    this.localEnded = true;
    this.onLocalEnd();
    if (this.remoteEnded && !this.#heldEnd && !this.closed) this.close();
  }

  #endRemote(): void {
    this.remoteEnded = true;
    if (this.localEnded && !this.closed) this.close();
  }

  #endHeld(): void {
    this.#heldEnd = false;
    this.#heldTrailers = undefined;
    this.#endRemote();
  }
}

const nothing = Buffer.alloc(0);
