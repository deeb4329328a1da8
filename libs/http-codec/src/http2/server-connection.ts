import type { ResponseHead, ServerConnection, ServerConnectionHandler } from '../exchange.ts';
import type { Transport } from '../transport.ts';
import { Http2Connection } from './connection.ts';
import { ErrorCode, type Http2Error } from './error-code.ts';
import { withDefaults, type Http2Options } from './options.ts';
import { http2Preface } from './preface.ts';
import { ServerStream, type ServerStreamOwner } from './server-stream.ts';
import { SettingId } from './settings.ts';
import type { Http2Stream } from './stream.ts';

export interface Http2ServerParams {
  readonly transport: Transport;
  readonly handler: ServerConnectionHandler;
  readonly options?: Http2Options;
}

/** In the first GOAWAY of a graceful end: all streams that are on their way are still taken. */
const anyStream = 0x7fffffff;

/**
 * A server's side of an HTTP/2 connection. Begins to speak at once; the client's preface and all that follows come by `onBytes`. After `onProtocolError`
 * the transport is told to end, and the owner destroys it when that takes too long.
 */
export class Http2ServerConnection extends Http2Connection implements ServerConnection, ServerStreamOwner {
  readonly #handler: ServerConnectionHandler;
  #lastStreamId = 0;
  /** `announced`: the client knows, and what it had sent before is still taken; `final`: it was told the last stream that is. */
  #drain: 'no' | 'announced' | 'final' = 'no';

  constructor(params: Http2ServerParams) {
    const settings = withDefaults(params.options ?? {});
    super({ transport: params.transport, settings, isServer: true, peerPreface: http2Preface });
    this.#handler = params.handler;
    this.writeSettings([
      [SettingId.headerTableSize, settings.hpackTableSize],
      [SettingId.maxConcurrentStreams, settings.maxConcurrentStreams],
      [SettingId.initialWindowSize, settings.firstStreamWindowSize],
      [SettingId.enableConnectProtocol, settings.allowConnect ? 1 : 0],
    ]);
  }

  drain(): void {
    if (this.state !== 'open' || this.#drain !== 'no') return;
    this.#drain = 'announced';
    this.writeGoaway(anyStream, ErrorCode.noError);
    // When it is answered, the client has seen the GOAWAY, and all that it had opened before has come.
    this.ping(() => this.#finishDrain());
  }

  writeResponse(stream: ServerStream, status: number, head: ResponseHead, endStream: boolean): void {
    this.headers.begin(head.headers, 3);
    this.headers.encoder.status(status);
    this.headers.encoder.list(head.headers);
    this.headers.end(stream.id, endStream);
  }

  protected onHead(streamId: number, endStream: boolean): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) {
      this.onTrailerBlock(stream, endStream);
      return;
    }
    if ((streamId & 1) === 0) this.failIdle();
    if (!this.isIdle(streamId)) {
      this.ignoresHeaders(streamId);
      return;
    }
    this.#lastStreamId = streamId;
    this.closedStreams.opened(streamId);
    this.guard.streamOpened();
    // Answers of heads alone are not held back: whoever asks for ever more and reads nothing is stopped here.
    this.checkOutbound();
    if (this.#drain === 'final') this.closedStreams.resetByUs(streamId);
    else if (this.streams.size >= this.settings.maxConcurrentStreams) this.#refuse(streamId);
    else this.#open(streamId, endStream);
  }

  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId > this.#lastStreamId;
  }

  protected onRemoved(): void {
    this.guard.streamClosed();
    if (this.streams.size > 0) return;
    if (this.#drain === 'final') this.endAll('connection-termination');
    if (this.state !== 'closed') this.#handler.onIdle(true);
  }

  onStreamReset(stream: Http2Stream): void {
    const early = this.#isEarly(stream as ServerStream);
    stream.onRemoteReset('remote-reset');
    if (early) this.guard.resetEarly();
  }

  protected onStreamError(stream: Http2Stream | undefined): void {
    if (stream === undefined || this.#isEarly(stream as ServerStream)) this.guard.resetEarly();
  }

  onGoaway(): void {
    // The client opens no more streams, and ends the connection itself.
  }

  protected lastPeerStreamId(): number {
    return this.#lastStreamId;
  }

  protected onFailed(error: Http2Error): void {
    this.#handler.onProtocolError(error);
  }

  protected onGone(error: Error | undefined): void {
    this.#handler.onClose(error);
  }

  #isEarly(stream: ServerStream): boolean {
    return !stream.headSent && this.guard.isEarly(this.eventTime - stream.openedAt);
  }

  #open(streamId: number, endStream: boolean): void {
    if (this.head.tooLarge) {
      // As Envoy, which does not answer 431 here.
      if (this.counters !== undefined) this.counters.header_overflow++;
      this.#rejectWith(streamId, ErrorCode.internalError);
      return;
    }
    const head = this.head.request(this.settings.scheme, this.settings.allowConnect);
    if (head === undefined || (endStream && this.head.contentLength > 0)) {
      if (this.counters !== undefined) this.counters.rx_messaging_error++;
      this.#rejectWith(streamId, ErrorCode.protocolError);
      return;
    }
    const stream = new ServerStream({
      owner: this,
      id: streamId,
      head,
      endStream,
      sendWindow: this.peer.initialWindowSize,
      openedAt: this.eventTime,
    });
    if (head.method !== 'CONNECT' && head.upgrade === undefined) stream.expectedBytes = this.head.contentLength;
    this.streams.set(streamId, stream);
    if (this.streams.size === 1) this.#handler.onIdle(false);
    this.#handler.onRequest(stream);
  }

  #refuse(streamId: number): void {
    if (this.counters !== undefined) this.counters.stream_refused_errors++;
    this.writeReset(streamId, ErrorCode.refusedStream);
    this.guard.streamClosed();
    // Before it knows our limit a client may open more in good faith.
    if (this.settingsAcknowledged) this.guard.resetEarly();
    this.checkOutbound();
  }

  #rejectWith(streamId: number, code: number): void {
    this.writeReset(streamId, code);
    this.guard.streamClosed();
    this.guard.resetEarly();
    this.checkOutbound();
  }

  #finishDrain(): void {
    if (this.state !== 'open' || this.#drain === 'final') return;
    this.#drain = 'final';
    this.writeGoaway(this.#lastStreamId, ErrorCode.noError);
    if (this.streams.size === 0) this.endAll('connection-termination');
  }
}
