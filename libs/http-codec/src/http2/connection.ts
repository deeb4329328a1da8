import type { ResetReason } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import type { Transport, TransportReader } from '../transport.ts';
import { atEndOfTurn, beginTurn, endTurn, type TurnTask } from '../turn.ts';
import { ClosedStreams, StreamFate } from './closed-streams.ts';
import { ErrorCode, Http2Error } from './error-code.ts';
import { FloodGuard } from './flood-guard.ts';
import { FrameReader, type FrameHandler } from './frame-reader.ts';
import { defaultWindow, Flag, FrameType, maxFrameBytes, maxWindow } from './frame-type.ts';
import { HeadReader } from './head-reader.ts';
import { checkDependency, HeaderBlocks, type HeaderBlockHandler } from './header-blocks.ts';
import { HpackDecoder } from './hpack/hpack-decoder.ts';
import { HpackEncoder } from './hpack/hpack-encoder.ts';
import type { Http2Settings } from './options.ts';
import { Output } from './output.ts';
import { Pings } from './pings.ts';
import { Sender } from './sender.ts';
import { PeerSettings } from './settings.ts';
import type { Http2Stream, StreamOwner } from './stream.ts';

export interface ConnectionParams {
  readonly transport: Transport;
  readonly settings: Http2Settings;
  readonly isServer: boolean;
  /** What the peer sends before its first frame. */
  readonly peerPreface: string;
}

/**
 * What both sides of a connection have in common: frames, flow control, SETTINGS, PING, and the end. All that is written in a turn (`turn.ts`) goes out at
 * its end in one piece; every frame asks for such an end, so none stays behind.
 */
export abstract class Http2Connection
  implements TransportReader, FrameHandler, HeaderBlockHandler, StreamOwner, TurnTask
{
  readonly version = '2' as const;
  readonly sender: Sender;
  protected readonly settings: Http2Settings;
  protected readonly output: Output;
  protected readonly encoder: HpackEncoder;
  protected readonly head: HeadReader;
  protected readonly guard: FloodGuard;
  protected readonly peer: PeerSettings;
  protected readonly streams = new Map<number, Http2Stream>();
  protected readonly closedStreams = new ClosedStreams();
  /** `closing`: nothing is read any more, the transport ends when all is sent. */
  protected state: 'open' | 'closing' | 'closed' = 'open';
  /** The peer has acknowledged our SETTINGS. */
  protected settingsAcknowledged = false;
  readonly #transport: Transport;
  readonly #reader: FrameReader;
  readonly #blocks: HeaderBlocks;
  readonly #decoder = new HpackDecoder();
  readonly #pings: Pings;
  /** The peer's first frame has come. */
  #begun = false;
  /** Bytes that the peer may still send in all, and those that are consumed and not yet given back. */
  #receiveLeft: number;
  #consumed = 0;
  /** Stream of the DATA frame that is under way; undefined when nobody wants it. */
  #dataStream: Http2Stream | undefined;
  #dataEnds = false;
  #now = 0;
  /** An end of turn is asked for. */
  #inLine = false;
  #toDeliver: Http2Stream[] = [];
  #longBlock = false;

  constructor(params: ConnectionParams) {
    const { settings, transport } = params;
    this.settings = settings;
    this.#transport = transport;
    this.output = new Output(transport, this);
    this.guard = new FloodGuard(settings.flood, settings.counters);
    this.sender = new Sender(this.output, this.guard);
    this.encoder = new HpackEncoder(settings.hpackTableSize);
    this.head = new HeadReader(settings);
    this.peer = new PeerSettings(params.isServer);
    this.#pings = new Pings(this.output);
    this.#reader = new FrameReader(this, params.peerPreface);
    this.#blocks = new HeaderBlocks({ handler: this, guard: this.guard, maxHeadersBytes: settings.maxHeadersBytes });
    this.#receiveLeft = settings.initialConnectionWindowSize;
  }

  get activeExchanges(): number {
    return this.streams.size;
  }

  get maxBufferedBytes(): number {
    return this.settings.maxBufferedBytes;
  }

  now(): number {
    return this.settings.now();
  }

  /** When the event that is handled began, in milliseconds. */
  protected get eventTime(): number {
    return this.#now;
  }

  // What the transport tells.

  onBytes(chunk: Buffer): void {
    if (this.state !== 'open') return;
    this.#now = this.settings.now();
    beginTurn();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      this.#fail(error);
    } finally {
      endTurn();
    }
  }

  onEnd(): void {
    beginTurn();
    try {
      this.endAll('connection-termination');
    } finally {
      endTurn();
    }
  }

  onDrain(): void {
    this.#now = this.settings.now();
    beginTurn();
    try {
      this.output.drained();
      this.sender.sendWaiting();
    } finally {
      endTurn();
    }
  }

  /** Delivers what was held, and sends what was written. */
  onEndOfTurn(): void {
    this.#inLine = false;
    if (this.#toDeliver.length > 0) {
      const streams = this.#toDeliver;
      this.#toDeliver = [];
      for (const stream of streams) stream.deliverHeld();
    }
    this.output.flush();
  }

  /** There is something for {@link onEndOfTurn}. */
  onPending(): void {
    if (this.#inLine) return;
    this.#inLine = true;
    atEndOfTurn(this);
  }

  onClose(error?: Error): void {
    if (this.state === 'closed') return;
    this.#stop('closed');
    this.#failStreams('connection-termination');
    this.onGone(error);
  }

  // What the owner asks.

  /** Ends at once. */
  destroy(): void {
    if (this.state === 'closed') return;
    this.#stop('closing');
    this.#failStreams('connection-termination');
    this.#transport.destroy();
  }

  /** Asks whether the peer is there; `onAnswer` is called at most once. The owner keeps the time. */
  ping(onAnswer: () => void): void {
    if (this.state === 'open') this.#pings.send(onAnswer);
  }

  /**
   * Resets streams whose peer has taken nothing of what waits for it in `ms` milliseconds. For the owner's timers: an exchange whose end is already sent to
   * us is otherwise out of its sight. @returns how many.
   */
  resetStalled(ms: number): number {
    const now = this.settings.now();
    let count = 0;
    for (const stream of this.streams.values()) {
      if (stream.stalledFor(now) < ms || stream.queuedBytes === 0) continue;
      count++;
      stream.resetWith(ErrorCode.cancel);
      stream.bodyReceiver?.onReset('local-reset');
    }
    if (this.settings.counters !== undefined) this.settings.counters.tx_flush_timeout += count;
    return count;
  }

  // For its streams.

  writeTrailers(stream: Http2Stream, trailers: HeaderList): void {
    const bound = HpackEncoder.bound(trailers) + HpackEncoder.pseudoBound(0);
    const to = this.beginHeaders(bound);
    this.encoder.list(trailers);
    this.endHeaders(to, stream.id, true);
  }

  writeReset(streamId: number, code: number): void {
    this.closedStreams.resetByUs(streamId);
    this.output.numbers(FrameType.rstStream, 0, streamId, [code], true);
    if (this.settings.counters !== undefined) this.settings.counters.tx_reset++;
  }

  writeWindowUpdate(streamId: number, bytes: number): void {
    if (this.state === 'open') this.output.numbers(FrameType.windowUpdate, 0, streamId, [bytes], true);
  }

  consumed(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed * 2 < this.settings.initialConnectionWindowSize) return;
    this.#receiveLeft += this.#consumed;
    this.writeWindowUpdate(0, this.#consumed);
    this.#consumed = 0;
  }

  deliverSoon(stream: Http2Stream): void {
    this.#toDeliver.push(stream);
    this.onPending();
  }

  removed(stream: Http2Stream): void {
    this.streams.delete(stream.id);
    this.onRemoved(stream);
  }

  // What the reader tells.

  onDataFrame(streamId: number, flags: number, length: number): void {
    this.#beginData(streamId, flags, length, length);
  }

  onDataPart(part: Buffer, last: boolean): void {
    const stream = this.#dataStream;
    if (stream === undefined || stream.closed) this.consumed(part.length);
    else stream.receive(part, last && this.#dataEnds);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#begun) {
      if (type !== FrameType.settings || (flags & Flag.ack) !== 0) throw protocolError('first frame is no SETTINGS');
      this.#begun = true;
    }
    this.#blocks.check(type, streamId);
    const length = end - start;
    switch (type) {
      case FrameType.data:
        this.#paddedData(streamId, flags, bytes, start, end);
        return;
      case FrameType.headers:
        checkStream(streamId);
        this.#blocks.headers(flags, streamId, bytes, start, end);
        return;
      case FrameType.priority:
        checkStream(streamId);
        checkLength(length === 5);
        checkDependency(bytes, start, end, streamId);
        this.guard.priority();
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
        this.onGoaway(bytes.readUInt32BE(start) & 0x7fffffff, bytes.readUInt32BE(start + 4));
        return;
      case FrameType.windowUpdate:
        checkLength(length === 4);
        this.#onWindowUpdate(streamId, bytes.readUInt32BE(start) & 0x7fffffff);
        return;
      case FrameType.continuation:
        this.#blocks.continuation(flags, bytes, start, end);
        return;
      default:
        this.guard.pingOrSettings(this.#now);
    }
  }

  onHeaderBlock(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    this.head.reset();
    this.#decoder.decode(bytes, start, end, this.head);
    this.onHead(streamId, endStream);
  }

  // What each side does its own way.

  /** A header block is in `head`. */
  protected abstract onHead(streamId: number, endStream: boolean): void;
  /** No stream of that number was opened yet. */
  protected abstract isIdle(streamId: number): boolean;
  protected abstract onRemoved(stream: Http2Stream): void;
  protected abstract onStreamReset(stream: Http2Stream, code: number): void;
  protected abstract onPeerSettings(): void;
  protected abstract onGoaway(lastStreamId: number, code: number): void;
  protected abstract lastPeerStreamId(): number;
  /** We have reset a stream for what the peer did. */
  protected abstract onStreamError(stream: Http2Stream | undefined): void;
  protected abstract onFailed(error: Http2Error): void;
  protected abstract onGone(error: Error | undefined): void;

  /** Frames of a stream that is gone. True when they are to be ignored; throws when there may be none. */
  protected ignoresHeaders(streamId: number): boolean {
    const fate = this.closedStreams.fateOf(streamId);
    if (fate === StreamFate.resetByUs) return true;
    throw fate === StreamFate.over
      ? new Http2Error(ErrorCode.streamClosed, 'HEADERS on a closed stream')
      : protocolError('stream number too low');
  }

  protected failIdle(): never {
    throw protocolError('frame on an idle stream');
  }

  /** RST_STREAM, and the receiver is told. */
  protected streamError(stream: Http2Stream, code: number): void {
    if (stream.closed) return;
    stream.resetWith(code);
    stream.bodyReceiver?.onReset('protocol-error');
    this.onStreamError(stream);
    this.checkOutbound();
  }

  protected checkOutbound(): void {
    if (this.state === 'open') {
      this.guard.outbound(this.output.framesWaiting, this.output.controlFramesWaiting);
    }
  }

  /** Trailers, or what pretends to be them, on a stream that has its head. */
  protected onTrailerBlock(stream: Http2Stream, endStream: boolean): void {
    if (stream.remoteEnded) {
      this.streamError(stream, ErrorCode.streamClosed);
      return;
    }
    const trailers = this.head.trailers();
    if (trailers === undefined || this.head.tooLarge || !endStream || stream.expectedBytes > 0) {
      if (this.settings.counters !== undefined) this.settings.counters.rx_messaging_error++;
      this.streamError(stream, ErrorCode.protocolError);
      return;
    }
    if (this.settings.counters !== undefined) this.settings.counters.trailers++;
    stream.receiveTrailers(trailers);
  }

  /** @returns where the block is to be written to; {@link endHeaders} sends it. */
  protected beginHeaders(bound: number): Buffer {
    const short = bound <= maxFrameBytes;
    const to = short ? this.output.beginHeaders(bound) : Buffer.allocUnsafeSlow(bound);
    this.encoder.begin(to, short ? this.output.headersAt : 0);
    this.#longBlock = !short;
    return to;
  }

  protected endHeaders(to: Buffer, streamId: number, endStream: boolean): void {
    const end = this.encoder.end();
    if (this.#longBlock) this.output.longHeaders(streamId, to.subarray(0, end), endStream);
    else this.output.endHeaders(streamId, end, endStream);
  }

  protected writeGoaway(lastStreamId: number, code: number): void {
    this.output.numbers(FrameType.goaway, 0, 0, [lastStreamId, code], true);
    if (this.settings.counters !== undefined) this.settings.counters.goaway_sent++;
  }

  /** Says what we want of the peer, first of all. */
  protected writeSettings(entries: readonly (readonly [id: number, value: number])[]): void {
    this.output.settings(entries);
    const more = this.settings.initialConnectionWindowSize - defaultWindow;
    if (more > 0) this.writeWindowUpdate(0, more);
  }

  /** Ends the connection when all that is written is sent; streams that are left hear `reason`. */
  protected endAll(reason: ResetReason): void {
    if (this.state !== 'open') return;
    this.#stop('closing');
    this.#failStreams(reason);
    this.output.flush();
    this.#transport.end();
  }

  #beginData(streamId: number, flags: number, frameBytes: number, bodyBytes: number): void {
    if (!this.#begun) throw protocolError('first frame is no SETTINGS');
    this.#blocks.check(FrameType.data, streamId);
    checkStream(streamId);
    this.#dataEnds = (flags & Flag.endStream) !== 0;
    this.guard.frameWithPayload(frameBytes, this.#dataEnds);
    this.#receiveLeft -= frameBytes;
    if (this.#receiveLeft < 0) throw new Http2Error(ErrorCode.flowControlError, 'connection window exceeded');
    this.#dataStream = undefined;
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.#dataWithoutStream(streamId);
    else if (stream.remoteEnded) this.streamError(stream, ErrorCode.streamClosed);
    else if (!stream.takeWindow(frameBytes)) this.streamError(stream, ErrorCode.flowControlError);
    else if (!this.#fitsLength(stream, bodyBytes)) this.streamError(stream, ErrorCode.protocolError);
    else this.#dataStream = stream;
  }

  #fitsLength(stream: Http2Stream, bytes: number): boolean {
    if (!stream.headReceived) return false;
    if (stream.expectedBytes < 0) return true;
    stream.expectedBytes -= bytes;
    return this.#dataEnds ? stream.expectedBytes === 0 : stream.expectedBytes >= 0;
  }

  #dataWithoutStream(streamId: number): void {
    if (this.isIdle(streamId)) throw protocolError('DATA on an idle stream');
    if (this.closedStreams.fateOf(streamId) === StreamFate.resetByUs) return;
    this.writeReset(streamId, ErrorCode.streamClosed);
    this.onStreamError(undefined);
    this.checkOutbound();
  }

  #paddedData(streamId: number, flags: number, bytes: Buffer, start: number, end: number): void {
    const padding = end > start ? (bytes[start] as number) : 0;
    const bodyEnd = end - padding;
    if (start + 1 > bodyEnd) throw protocolError('padding larger than its frame');
    this.#beginData(streamId, flags, end - start, bodyEnd - start - 1);
    const stream = this.#dataStream;
    if (stream === undefined) this.consumed(padding + 1);
    else stream.consume(padding + 1);
    this.onDataPart(bytes.subarray(start + 1, bodyEnd), true);
  }

  #onReset(streamId: number, code: number): void {
    if (this.isIdle(streamId)) throw protocolError('RST_STREAM on an idle stream');
    if (this.settings.counters !== undefined) this.settings.counters.rx_reset++;
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.guard.pingOrSettings(this.#now);
    else this.onStreamReset(stream, code);
  }

  #onSettings(ack: boolean, bytes: Buffer, start: number, end: number): void {
    this.guard.pingOrSettings(this.#now);
    if (ack) {
      if (!this.settingsAcknowledged) this.#decoder.setLimit(this.settings.hpackTableSize);
      this.settingsAcknowledged = true;
      return;
    }
    const window = this.peer.initialWindowSize;
    this.peer.read(bytes, start, end);
    this.encoder.setPeerLimit(this.peer.headerTableSize);
    const change = this.peer.initialWindowSize - window;
    if (change !== 0) this.#moveWindows(change);
    this.output.numbers(FrameType.settings, Flag.ack, 0, [], true);
    this.checkOutbound();
    this.onPeerSettings();
    if (change > 0) this.sender.sendWaiting();
  }

  #moveWindows(change: number): void {
    for (const stream of this.streams.values()) {
      if (stream.sendWindow + change > maxWindow) throw new Http2Error(ErrorCode.flowControlError, 'window too large');
      stream.moveWindow(change);
    }
  }

  #onPing(ack: boolean, high: number, low: number): void {
    this.guard.pingOrSettings(this.#now);
    if (ack) {
      this.#pings.answered(high, low);
      return;
    }
    this.output.numbers(FrameType.ping, Flag.ack, 0, [high, low], true);
    this.checkOutbound();
  }

  #onWindowUpdate(streamId: number, bytes: number): void {
    this.guard.windowUpdate();
    if (streamId === 0) {
      if (bytes === 0) throw protocolError('WINDOW_UPDATE of 0');
      this.sender.window += bytes;
      if (this.sender.window > maxWindow) throw new Http2Error(ErrorCode.flowControlError, 'window too large');
      this.sender.sendWaiting();
      return;
    }
    if (this.isIdle(streamId)) throw protocolError('WINDOW_UPDATE on an idle stream');
    const stream = this.streams.get(streamId);
    if (stream === undefined) return;
    if (bytes === 0) {
      this.streamError(stream, ErrorCode.protocolError);
    } else if (stream.sendWindow + bytes > maxWindow) {
      this.streamError(stream, ErrorCode.flowControlError);
    } else {
      stream.moveWindow(bytes);
      this.sender.sendWaiting();
    }
  }

  #fail(error: Http2Error): void {
    if (this.state !== 'open') return;
    this.writeGoaway(this.lastPeerStreamId(), error.code);
    this.endAll('protocol-error');
    this.onFailed(error);
  }

  #stop(state: 'closing' | 'closed'): void {
    this.state = state;
    this.#reader.stop();
    this.#blocks.drop();
    this.#pings.drop();
  }

  #failStreams(reason: ResetReason): void {
    for (const stream of [...this.streams.values()]) stream.fail(reason);
  }
}

function checkStream(streamId: number): void {
  if (streamId === 0) throw protocolError('frame without a stream');
}

function checkNoStream(streamId: number): void {
  if (streamId !== 0) throw protocolError('frame of the connection on a stream');
}

function checkLength(good: boolean): void {
  if (!good) throw new Http2Error(ErrorCode.frameSizeError, 'wrong frame size');
}

function protocolError(message: string): Http2Error {
  return new Http2Error(ErrorCode.protocolError, message);
}
