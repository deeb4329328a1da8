import type { ClientConnection, ClientConnectionHandler, RequestHead, ResponseReceiver } from '../exchange.ts';
import type { Transport } from '../transport.ts';
import { atEndOfTurn } from '../turn.ts';
import { ClientStream, type ClientStreamOwner } from './client-stream.ts';
import { Http2Connection } from './connection.ts';
import { ErrorCode, type Http2Error } from './error-code.ts';
import { withDefaults, type Http2Options } from './options.ts';
import { http2Preface } from './preface.ts';
import { SettingId } from './settings.ts';
import type { Http2Stream } from './stream.ts';

export interface Http2ClientParams {
  readonly transport: Transport;
  readonly handler: ClientConnectionHandler;
  readonly options?: Http2Options;
}

/** Streams that may be open before the server has said how many it takes. Source: RFC 9113, section 6.5.2 recommends no lower limit */
const beforeSettings = 100;

const lastStreamNumber = 0x7fffffff;

/** A client's side of an HTTP/2 connection. Speaks at once, on a transport that is connected. */
export class Http2ClientConnection extends Http2Connection implements ClientConnection, ClientStreamOwner {
  readonly #handler: ClientConnectionHandler;
  #nextId = 1;
  /** Exchanges that are open but have no number yet. */
  #unsent = 0;
  #allowed: number;
  /** No new streams: we drain, or the server has said GOAWAY. */
  #leaving = false;

  constructor(params: Http2ClientParams) {
    const settings = withDefaults(params.options ?? {});
    super({ transport: params.transport, settings, isServer: false, peerPreface: '' });
    this.#handler = params.handler;
    this.#allowed = Math.min(settings.maxConcurrentStreams, beforeSettings);
    this.output.bytes(Buffer.from(http2Preface, 'latin1'));
    this.writeSettings([
      [SettingId.headerTableSize, settings.hpackTableSize],
      [SettingId.enablePush, 0],
      [SettingId.initialWindowSize, settings.firstStreamWindowSize],
    ]);
  }

  override get activeExchanges(): number {
    return this.streams.size + this.#unsent;
  }

  get capacity(): number {
    return this.#leaving || this.state !== 'open' ? 0 : this.#allowed;
  }

  /** Whether the server takes extended CONNECT (RFC 8441); false until its SETTINGS have come. */
  get takesUpgrades(): boolean {
    return this.peer.enableConnectProtocol;
  }

  /** Throws beyond `capacity`. */
  open(receiver: ResponseReceiver): ClientStream {
    if (this.activeExchanges >= this.capacity) throw new Error('No exchange is free on this connection');
    this.#unsent++;
    return new ClientStream(this, receiver);
  }

  drain(): void {
    if (this.state !== 'open' || this.#leaving) return;
    this.#leave();
  }

  writeRequest(stream: ClientStream, head: RequestHead, endStream: boolean): boolean {
    if (this.capacity === 0) {
      const reason = this.state === 'open' ? 'remote-refused' : 'connection-termination';
      // Not in the caller's stack.
      atEndOfTurn({ onEndOfTurn: () => stream.fail(reason), onTurnFault: () => this.destroy() });
      return false;
    }
    const pseudoBytes = head.method.length + head.path.length + head.authority.length + (head.upgrade?.length ?? 0) + 8;
    this.headers.begin(head.headers, pseudoBytes);
    this.#unsent--;
    stream.id = this.#nextId;
    this.#nextId += 2;
    stream.sendWindow = this.peer.initialWindowSize;
    this.streams.set(stream.id, stream);
    this.closedStreams.opened(stream.id);
    this.guard.streamOpened();
    this.#pseudoFields(head);
    this.headers.encoder.list(head.headers);
    this.headers.end(stream.id, endStream);
    if (this.#nextId > lastStreamNumber) this.#leave();
    return true;
  }

  protected onHead(streamId: number, endStream: boolean): void {
    const stream = this.streams.get(streamId) as ClientStream | undefined;
    if (stream === undefined) {
      if (this.isIdle(streamId)) this.failIdle();
      this.ignoresHeaders(streamId);
    } else if (stream.headReceived) {
      this.onTrailerBlock(stream, endStream);
    } else {
      this.#onResponse(stream, endStream);
    }
  }

  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.#nextId;
  }

  protected onRemoved(stream: Http2Stream): void {
    if (stream.id === 0) this.#unsent--;
    if (this.#leaving && this.activeExchanges === 0) this.#end();
    if (this.state === 'open') this.#handler.onAvailable();
  }

  onStreamReset(stream: Http2Stream, code: number): void {
    const refused = code === ErrorCode.refusedStream && !stream.headReceived;
    stream.onRemoteReset(refused ? 'remote-refused' : 'remote-reset');
  }

  protected onStreamError(): void {
    // Servers are not counted against the bound on resets.
  }

  override onPeerSettings(): void {
    super.onPeerSettings();
    const allowed = Math.min(this.settings.maxConcurrentStreams, this.peer.maxConcurrentStreams);
    if (allowed === this.#allowed) return;
    this.#allowed = allowed;
    this.#handler.onAvailable();
  }

  onGoaway(lastStreamId: number): void {
    this.#leaving = true;
    for (const stream of [...this.streams.values()]) if (stream.id > lastStreamId) stream.fail('remote-refused');
    if (this.activeExchanges === 0) this.#end();
    this.#handler.onAvailable();
  }

  protected lastPeerStreamId(): number {
    return 0;
  }

  protected onFailed(error: Http2Error): void {
    this.#handler.onProtocolError(error);
  }

  protected onGone(error: Error | undefined): void {
    this.#handler.onClose(error);
  }

  #onResponse(stream: ClientStream, endStream: boolean): void {
    const head = this.head.response();
    if (this.head.tooLarge) {
      if (this.counters !== undefined) this.counters.header_overflow++;
      this.streamError(stream, ErrorCode.internalError);
      return;
    }
    const informational = head !== undefined && head.status < 200;
    if (head === undefined || (informational && endStream)) {
      this.#malformed(stream);
      return;
    }
    if (informational) {
      stream.receiver.onInformational(head);
      return;
    }
    stream.headReceived = true;
    stream.expectBody(head.status, this.head.contentLength);
    if (endStream && stream.expectedBytes > 0) {
      this.#malformed(stream);
      return;
    }
    if (stream.upgrades && head.status === 200) head.status = 101;
    if (endStream) stream.remoteEnded = true;
    stream.receiver.onHead(head, endStream);
    if (endStream) stream.endOfResponse();
  }

  #malformed(stream: ClientStream): void {
    if (this.counters !== undefined) this.counters.rx_messaging_error++;
    this.streamError(stream, ErrorCode.protocolError);
  }

  #pseudoFields(head: RequestHead): void {
    const encoder = this.headers.encoder;
    const connect = head.method === 'CONNECT';
    encoder.field(':method', head.upgrade === undefined ? head.method : 'CONNECT');
    if (head.upgrade !== undefined) encoder.field(':protocol', head.upgrade);
    if (!connect) {
      encoder.field(':scheme', head.scheme);
      encoder.field(':path', head.path);
    }
    if (head.authority !== '') encoder.field(':authority', head.authority);
  }

  #leave(): void {
    this.#leaving = true;
    if (this.activeExchanges === 0) this.#end();
  }

  #end(): void {
    if (this.state !== 'open') return;
    this.writeGoaway(0, ErrorCode.noError);
    this.endAll('connection-termination');
  }
}
