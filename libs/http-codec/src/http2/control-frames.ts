import type { Http2Counters } from './counters.ts';
import { ErrorCode, Http2Error } from './error-code.ts';
import type { FloodGuard } from './flood-guard.ts';
import { checkLength, checkNoStream, checkStream, protocolError } from './frame-checks.ts';
import { Flag, FrameType, maxWindow } from './frame-type.ts';
import { checkDependency } from './header-blocks.ts';
import type { Output } from './output.ts';
import type { Sender } from './sender.ts';
import type { PeerSettings } from './settings.ts';
import type { Http2Stream } from './stream.ts';

/** The connection, as its control frames see it. */
export interface ControlOwner {
  readonly streams: ReadonlyMap<number, Http2Stream>;
  readonly guard: FloodGuard;
  readonly output: Output;
  readonly sender: Sender;
  readonly peer: PeerSettings;
  readonly counters: Http2Counters | undefined;
  /** When the event that is handled began, in milliseconds. */
  readonly eventTime: number;
  isIdle(streamId: number): boolean;
  /** Throws when more waits for the peer than may. */
  checkOutbound(): void;
  streamError(stream: Http2Stream, code: number): void;
  onPeerSettings(): void;
  onSettingsAcknowledged(): void;
  onPong(high: number, low: number): void;
  onStreamReset(stream: Http2Stream, code: number): void;
  onGoaway(lastStreamId: number, code: number): void;
}

/** Handles all frames but those of messages. Throws {@link Http2Error}. */
export class ControlFrames {
  readonly #owner: ControlOwner;

  constructor(owner: ControlOwner) {
    this.#owner = owner;
  }

  handle(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    switch (type) {
      case FrameType.priority:
        checkStream(streamId);
        checkLength(length === 5);
        checkDependency(bytes, start, end, streamId);
        this.#owner.guard.priority();
        return;
      case FrameType.rstStream:
        checkStream(streamId);
        checkLength(length === 4);
        this.#onReset(streamId, bytes.readUInt32BE(start));
        return;
      case FrameType.settings:
        checkNoStream(streamId);
        checkLength((flags & Flag.ack) !== 0 ? length === 0 : length % 6 === 0);
        this.#onSettings((flags & Flag.ack) !== 0, bytes, start, end);
        return;
      case FrameType.pushPromise:
        throw protocolError('PUSH_PROMISE is not allowed');
      case FrameType.ping:
        checkNoStream(streamId);
        checkLength(length === 8);
        this.#onPing((flags & Flag.ack) !== 0, bytes.readUInt32BE(start), bytes.readUInt32BE(start + 4));
        return;
      case FrameType.goaway:
        checkNoStream(streamId);
        checkLength(length >= 8);
        this.#owner.guard.pingOrSettings(this.#owner.eventTime);
        this.#owner.onGoaway(bytes.readUInt32BE(start) & 0x7fffffff, bytes.readUInt32BE(start + 4));
        return;
      case FrameType.windowUpdate:
        checkLength(length === 4);
        this.#onWindowUpdate(streamId, bytes.readUInt32BE(start) & 0x7fffffff);
        return;
      default:
        // Kinds that nobody knows are ignored, but not without end.
        this.#owner.guard.pingOrSettings(this.#owner.eventTime);
    }
  }

  #onReset(streamId: number, code: number): void {
    const owner = this.#owner;
    if (owner.isIdle(streamId)) throw protocolError('RST_STREAM on an idle stream');
    if (owner.counters !== undefined) owner.counters.rx_reset++;
    const stream = owner.streams.get(streamId);
    if (stream === undefined) owner.guard.pingOrSettings(owner.eventTime);
    else owner.onStreamReset(stream, code);
  }

  #onSettings(ack: boolean, bytes: Buffer, start: number, end: number): void {
    const owner = this.#owner;
    owner.guard.pingOrSettings(owner.eventTime);
    if (ack) {
      owner.onSettingsAcknowledged();
      return;
    }
    const window = owner.peer.initialWindowSize;
    owner.peer.read(bytes, start, end);
    const change = owner.peer.initialWindowSize - window;
    if (change !== 0) this.#moveWindows(change);
    owner.output.numbers(FrameType.settings, Flag.ack, 0, [], true);
    owner.checkOutbound();
    owner.onPeerSettings();
    if (change > 0) owner.sender.sendWaiting();
  }

  #moveWindows(change: number): void {
    for (const stream of this.#owner.streams.values()) {
      if (stream.sendWindow + change > maxWindow) throw windowTooLarge();
      stream.moveWindow(change);
    }
  }

  #onPing(ack: boolean, high: number, low: number): void {
    const owner = this.#owner;
    owner.guard.pingOrSettings(owner.eventTime);
    if (ack) {
      owner.onPong(high, low);
      return;
    }
    owner.output.numbers(FrameType.ping, Flag.ack, 0, [high, low], true);
    owner.checkOutbound();
  }

  #onWindowUpdate(streamId: number, bytes: number): void {
    const owner = this.#owner;
    owner.guard.windowUpdate();
    if (streamId === 0) {
      if (bytes === 0) throw protocolError('WINDOW_UPDATE of 0');
      owner.sender.window += bytes;
      if (owner.sender.window > maxWindow) throw windowTooLarge();
      owner.sender.sendWaiting();
      return;
    }
    if (owner.isIdle(streamId)) throw protocolError('WINDOW_UPDATE on an idle stream');
    const stream = owner.streams.get(streamId);
    if (stream === undefined) return;
    if (bytes === 0) {
      owner.streamError(stream, ErrorCode.protocolError);
    } else if (stream.sendWindow + bytes > maxWindow) {
      owner.streamError(stream, ErrorCode.flowControlError);
    } else {
      stream.moveWindow(bytes);
      owner.sender.sendWaiting();
    }
  }
}

function windowTooLarge(): Http2Error {
  return new Http2Error(ErrorCode.flowControlError, 'window too large');
}
