import type { ResetReason } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import type { Transport, TransportReader } from '../transport.ts';
import { atEndOfTurn, beginTurn, endTurn, type TurnTask } from '../turn.ts';
import { ClosedStreams, StreamFate } from './closed-streams.ts';
import { ControlFrames, type ControlOwner } from './control-frames.ts';
import { DataReceiver, type DataOwner } from './data-receiver.ts';
import type { Http2Counters } from './counters.ts';
import { ErrorCode, Http2Error } from './error-code.ts';
import { FloodGuard } from './flood-guard.ts';
import { checkStream, protocolError } from './frame-checks.ts';
import { FrameReader, type FrameHandler } from './frame-reader.ts';
import { defaultWindow, Flag, FrameType } from './frame-type.ts';
import { HeadReader } from './head-reader.ts';
import { HeaderWriter } from './header-writer.ts';
import { HeaderBlocks, type HeaderBlockHandler } from './header-blocks.ts';
import { HpackDecoder } from './hpack/hpack-decoder.ts';
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
  implements TransportReader, FrameHandler, HeaderBlockHandler, StreamOwner, DataOwner, ControlOwner, TurnTask
{
  readonly version = '2' as const;
  readonly sender: Sender;
  readonly settings: Http2Settings;
  readonly output: Output;
  protected readonly headers: HeaderWriter;
  protected readonly head: HeadReader;
  readonly guard: FloodGuard;
  readonly peer: PeerSettings;
  readonly streams = new Map<number, Http2Stream>();
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
  readonly #data: DataReceiver;
  readonly #control: ControlFrames;
  #now = 0;
  /** An end of turn is asked for. */
  #inLine = false;
  #toDeliver: Http2Stream[] = [];

  constructor(params: ConnectionParams) {
    const { settings, transport } = params;
    this.settings = settings;
    this.#transport = transport;
    this.output = new Output(transport, this);
    this.guard = new FloodGuard(settings.flood, settings.counters);
    this.sender = new Sender(this.output, this.guard);
    this.headers = new HeaderWriter(this.output, settings.hpackTableSize);
    this.#control = new ControlFrames(this);
    this.#data = new DataReceiver(this, settings.initialConnectionWindowSize);
    this.head = new HeadReader(settings);
    this.peer = new PeerSettings(params.isServer);
    this.#pings = new Pings(this.output);
    this.#reader = new FrameReader(this, params.peerPreface);
    this.#blocks = new HeaderBlocks({ handler: this, guard: this.guard, maxHeadersBytes: settings.maxHeadersBytes });
  }

  get activeExchanges(): number {
    return this.streams.size;
  }

  get counters(): Http2Counters | undefined {
    return this.settings.counters;
  }

  get windowNotYetTold(): number {
    return this.settingsAcknowledged ? 0 : Math.max(0, defaultWindow - this.settings.firstStreamWindowSize);
  }

  now(): number {
    return this.settings.now();
  }

  /** When the event that is handled began, in milliseconds. */
  get eventTime(): number {
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
      if (error instanceof Http2Error) {
        this.#fail(error);
      } else {
        // The owner's mistake. The rest of the bytes is lost, so the connection is, too.
        this.destroy();
        throw error;
      }
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
    try {
      if (this.#toDeliver.length > 0) {
        const streams = this.#toDeliver;
        this.#toDeliver = [];
        for (const stream of streams) stream.deliverHeld();
      }
    } finally {
      this.output.flush();
    }
  }

  onTurnFault(): void {
    this.destroy();
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
    if (this.counters !== undefined) this.counters.tx_flush_timeout += count;
    return count;
  }

  // For its streams.

  writeTrailers(stream: Http2Stream, trailers: HeaderList): void {
    this.headers.begin(trailers, 0);
    this.headers.encoder.list(trailers);
    this.headers.end(stream.id, true);
  }

  writeReset(streamId: number, code: number): void {
    this.closedStreams.resetByUs(streamId);
    this.output.numbers(FrameType.rstStream, 0, streamId, [code], true);
    if (this.counters !== undefined) this.counters.tx_reset++;
  }

  writeWindowUpdate(streamId: number, bytes: number): void {
    if (this.state === 'open') this.output.numbers(FrameType.windowUpdate, 0, streamId, [bytes], true);
  }

  consumed(bytes: number): void {
    this.#data.consumed(bytes);
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
    if (!this.#begun) throw protocolError('first frame is no SETTINGS');
    this.#blocks.check(FrameType.data, streamId);
    this.#data.begin(streamId, flags, length, length);
  }

  onDataPart(part: Buffer, last: boolean): void {
    this.#data.part(part, last);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#begun) {
      if (type !== FrameType.settings || (flags & Flag.ack) !== 0) throw protocolError('first frame is no SETTINGS');
      this.#begun = true;
    }
    this.#blocks.check(type, streamId);
    if (type === FrameType.headers) {
      checkStream(streamId);
      this.#blocks.headers(flags, streamId, bytes, start, end);
    } else if (type === FrameType.continuation) {
      this.#blocks.continuation(flags, bytes, start, end);
    } else if (type === FrameType.data) {
      this.#data.padded(streamId, flags, bytes.subarray(start, end));
    } else {
      this.#control.handle(type, flags, streamId, bytes, start, end);
    }
  }

  onPeerSettings(): void {
    this.headers.encoder.setPeerLimit(this.peer.headerTableSize);
  }

  onSettingsAcknowledged(): void {
    if (!this.settingsAcknowledged) this.#decoder.setLimit(this.settings.hpackTableSize);
    this.settingsAcknowledged = true;
  }

  onPong(high: number, low: number): void {
    this.#pings.answered(high, low);
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
  abstract isIdle(streamId: number): boolean;
  protected abstract onRemoved(stream: Http2Stream): void;
  abstract onStreamReset(stream: Http2Stream, code: number): void;
  abstract onGoaway(lastStreamId: number, code: number): void;
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

  onDataWithoutStream(streamId: number): void {
    if (this.isIdle(streamId)) throw protocolError('DATA on an idle stream');
    if (this.closedStreams.fateOf(streamId) === StreamFate.resetByUs) return;
    this.writeReset(streamId, ErrorCode.streamClosed);
    this.onStreamError(undefined);
    this.checkOutbound();
  }

  protected failIdle(): never {
    throw protocolError('frame on an idle stream');
  }

  /** RST_STREAM, and the receiver is told. */
  streamError(stream: Http2Stream, code: number): void {
    if (stream.closed) return;
    stream.resetWith(code);
    stream.bodyReceiver?.onReset('protocol-error');
    this.onStreamError(stream);
    this.checkOutbound();
  }

  checkOutbound(): void {
    if (this.state === 'open') {
      this.guard.outbound(this.output.framesWaiting, this.output.controlFramesWaiting, this.#transport.bufferedBytes);
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
      if (this.counters !== undefined) this.counters.rx_messaging_error++;
      this.streamError(stream, ErrorCode.protocolError);
      return;
    }
    if (this.counters !== undefined) this.counters.trailers++;
    stream.receiveTrailers(trailers);
  }

  protected writeGoaway(lastStreamId: number, code: number): void {
    this.output.numbers(FrameType.goaway, 0, 0, [lastStreamId, code], true);
    if (this.counters !== undefined) this.counters.goaway_sent++;
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
