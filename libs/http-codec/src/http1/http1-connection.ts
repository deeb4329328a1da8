import type { ResetReason } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import type { Transport, TransportReader } from '../transport.ts';
import { beginTurn, endTurn } from '../turn.ts';
import { BodyReader, type BodySink } from './body-reader.ts';
import { HeadFields } from './head-fields.ts';
import { HeadReader } from './head-reader.ts';
import type { HeadScanner } from './head-scanner.ts';
import type { ExchangeOwner, Http1Exchange } from './http1-exchange.ts';
import {
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_HEADER_COUNT,
  DEFAULT_MAX_HEADERS_BYTES,
  type Http1Options,
} from './options.ts';
import { Outbound, SendMode } from './outbound.ts';
import { readTrailers } from './trailers.ts';

export const NOTHING: Buffer = Buffer.alloc(0);

/**
 * What both sides of an HTTP/1 connection have in common: one exchange at a time, whose body and trailers are sent and read, and paused, in the same way. It is
 * the reader of its transport, and each thing that the transport tells is a turn.
 */
export abstract class Http1Connection<Exchange extends Http1Exchange>
  implements TransportReader, BodySink, ExchangeOwner
{
  readonly version = '1' as const;
  protected readonly transport: Transport;
  protected readonly head: HeadReader;
  protected readonly fields = new HeadFields();
  protected readonly body: BodyReader;
  protected readonly outbound: Outbound;
  protected exchange: Exchange | undefined;
  /** Bytes are being read: what follows from them waits until that is over. */
  protected reading = false;
  /** Of a tunnel: the peer has ended its half. */
  protected peerEnded = false;
  readonly #trailersEnabled: boolean;
  #paused = false;

  protected constructor(transport: Transport, options: Http1Options) {
    this.transport = transport;
    this.#trailersEnabled = options.enableTrailers ?? false;
    this.head = new HeadReader({
      maxHeadersBytes: options.maxHeadersBytes ?? DEFAULT_MAX_HEADERS_BYTES,
      maxHeaderCount: options.maxHeaderCount ?? DEFAULT_MAX_HEADER_COUNT,
    });
    this.body = new BodyReader(this.head);
    this.outbound = new Outbound(transport, options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES);
  }

  get activeExchanges(): number {
    return this.exchange === undefined ? 0 : 1;
  }

  abstract destroy(): void;

  // What the transport tells

  onBytes(chunk: Buffer): void {
    beginTurn();
    try {
      this.receive(chunk);
    } finally {
      endTurn();
    }
  }

  onEnd(): void {
    beginTurn();
    try {
      this.peerHasEnded();
    } finally {
      endTurn();
    }
  }

  onDrain(): void {
    beginTurn();
    try {
      this.outbound.blocked = false;
      this.mayWrite();
    } finally {
      endTurn();
    }
  }

  onClose(error?: Error): void {
    beginTurn();
    try {
      this.stop();
      this.outbound.drop();
      this.head.release();
      this.body.stop();
      const exchange = this.exchange;
      this.exchange = undefined;
      exchange?.fail('connection-termination');
      this.gone(error);
    } finally {
      endTurn();
    }
  }

  // What each side does its own way

  protected abstract receive(chunk: Buffer): void;
  protected abstract peerHasEnded(): void;
  /** The transport has room again. */
  protected abstract mayWrite(): void;
  /** The connection is no more: the state, and what is kept beside the message that is read or sent. */
  protected abstract stop(): void;
  /** Tells the handler. */
  protected abstract gone(error: Error | undefined): void;
  abstract onBody(chunk: Buffer, last: boolean): void;
  /** The message has been read to its end, which were trailers. */
  protected abstract readToEnd(): void;
  /** Our half has been sent. */
  protected abstract sent(exchange: Exchange): void;
  /** Both halves of a tunnel are over. */
  protected abstract tunnelOver(exchange: Exchange): void;
  /** Calls {@link pause}. */
  protected abstract updatePause(): void;

  // Reading

  onTrailerFields(scanner: HeadScanner, bytes: Buffer, start: number, length: number): void {
    const trailers = readTrailers(scanner, bytes, start, length);
    const { exchange } = this;
    if (exchange === undefined || !this.#trailersEnabled || trailers.length === 0) {
      this.onBody(NOTHING, true);
      return;
    }
    this.readToEnd();
    exchange.receiver?.onTrailers(trailers);
  }

  protected endTunnelInput(): void {
    const { exchange } = this;
    if (exchange === undefined || this.peerEnded) return;
    this.peerEnded = true;
    exchange.receiver?.onData(NOTHING, true);
    if (exchange.ended) this.tunnelOver(exchange);
  }

  setPaused(exchange: Exchange, paused: boolean): void {
    exchange.paused = paused;
    this.updatePause();
  }

  protected pause(wanted: boolean): void {
    if (wanted === this.#paused) return;
    this.#paused = wanted;
    if (wanted) this.transport.pause();
    else this.transport.resume();
  }

  // Sending

  sendBody(exchange: Exchange, chunk: Uint8Array, endStream: boolean): boolean {
    const { outbound } = this;
    if (!outbound.fits(chunk.length, endStream)) {
      this.endExchange(exchange, 'protocol-error');
      return true;
    }
    const more = outbound.send(chunk, endStream);
    if (endStream) {
      this.sent(exchange);
      return true;
    }
    if (more) return true;
    exchange.waitsForDrain = true;
    if (outbound.overflowing) this.endExchange(exchange, 'overflow');
    return false;
  }

  sendTrailers(exchange: Exchange, trailers: HeaderList): void {
    if (this.#trailersEnabled && this.outbound.mode === SendMode.chunked && trailers.length > 0) {
      this.outbound.sendTrailers(trailers);
      this.sent(exchange);
    } else {
      this.sendBody(exchange, NOTHING, true);
    }
  }

  /** Our half of a tunnel is over. */
  protected endTunnelOutput(exchange: Exchange): void {
    if (this.peerEnded) this.tunnelOver(exchange);
    else this.transport.end();
  }

  // Ends

  resetExchange(exchange: Exchange): void {
    exchange.detach();
    this.exchange = undefined;
    this.destroy();
  }

  /** Ends an exchange, and the connection, that cannot go on. */
  protected endExchange(exchange: Exchange, reason: ResetReason): void {
    this.exchange = undefined;
    this.destroy();
    exchange.fail(reason);
  }
}
