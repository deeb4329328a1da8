import {
  CodecError,
  type ClientConnection,
  type ClientConnectionHandler,
  type ClientExchange,
  type RequestHead,
  type ResponseReceiver,
} from '../exchange.ts';
import type { Transport } from '../transport.ts';
import { Http1ClientExchange, type ClientExchangeOwner } from './client-exchange.ts';
import { EarlyBytes } from './early-bytes.ts';
import { HeadKind } from './head-scanner.ts';
import { Http1Connection, NOTHING } from './http1-connection.ts';
import { DEFAULT_MAX_EARLY_BYTES, type Http1ClientOptions } from './options.ts';
import { SendMode } from './outbound.ts';
import { encodeRequest } from './request-writer.ts';
import { bodyOf, readResponse, ResponseBody } from './response-reader.ts';

const State = {
  /** No exchange; bytes that come now are an error. */
  idle: 0,
  head: 1,
  body: 2,
  /** The response is read; the exchange is over when the bytes that came with it have been looked at. */
  done: 3,
  tunnel: 4,
  /** No exchange will be taken any more. */
  closed: 5,
} as const;

/** 1xx heads before a response; more is no honest server. */
const MAX_INTERIM = 64;

export interface Http1ClientParams {
  readonly transport: Transport;
  readonly handler: ClientConnectionHandler;
  readonly options: Http1ClientOptions;
}

/**
 * The client's side of an HTTP/1.1 connection. It is used again only when request and response both ended as they should and not a byte followed.
 */
export class Http1ClientConnection
  extends Http1Connection<Http1ClientExchange>
  implements ClientConnection, ClientExchangeOwner
{
  readonly #handler: ClientConnectionHandler;
  readonly #early: EarlyBytes;
  #state: number = State.idle;
  /** The response allows another one after it. */
  #reusable = true;
  #draining = false;

  constructor({ transport, handler, options }: Http1ClientParams) {
    super(transport, options);
    this.#handler = handler;
    this.#early = new EarlyBytes(options.maxEarlyBytes ?? DEFAULT_MAX_EARLY_BYTES);
  }

  get capacity(): number {
    return this.#state === State.closed || this.#draining || !this.#reusable ? 0 : 1;
  }

  open(receiver: ResponseReceiver): ClientExchange {
    if (this.#state !== State.idle || this.capacity === 0) throw new Error('this connection takes no exchange now');
    const exchange = new Http1ClientExchange(this, receiver);
    this.exchange = exchange;
    this.#state = State.head;
    this.head.begin(HeadKind.response);
    return exchange;
  }

  drain(): void {
    this.#draining = true;
    if (this.#state === State.idle) this.destroy();
  }

  destroy(): void {
    this.#state = State.closed;
    this.body.stop();
    this.outbound.drop();
    this.#early.clear();
    this.transport.destroy();
  }

  // What the transport tells

  protected peerHasEnded(): void {
    if (this.#state === State.tunnel) this.endTunnelInput();
    else if (this.#state === State.body && this.body.untilClose) this.#endByClose();
    else if (this.exchange !== undefined) this.endExchange(this.exchange, 'connection-termination');
    else this.destroy();
  }

  protected mayWrite(): void {
    this.#tellWritable();
  }

  protected stop(): void {
    this.#state = State.closed;
    this.#early.clear();
  }

  protected gone(error: Error | undefined): void {
    this.#handler.onClose(error);
  }

  // Reading

  protected receive(bytes: Buffer): void {
    const end = bytes.length;
    let p = 0;
    this.reading = true;
    try {
      if (this.#state === State.idle || this.exchange?.headSent === false) throw unasked();
      while (p < end) {
        if (this.#state === State.head) {
          p = this.head.read(bytes, p, end);
          if (this.head.complete) this.#beginResponse();
        } else if (this.#state === State.body) {
          p = this.body.read(bytes, p, end, this);
        } else if (this.#state === State.tunnel) {
          const chunk = bytes.subarray(p, end);
          p = end;
          this.exchange?.receiver?.onData(chunk, false);
        } else {
          break;
        }
      }
      if (this.#state === State.done) this.#finish(end - p);
    } catch (error) {
      if (error instanceof CodecError) {
        this.#fail(error);
      } else {
        this.destroy();
        throw error;
      }
    } finally {
      this.reading = false;
    }
    this.updatePause();
  }

  #beginResponse(): void {
    const exchange = this.exchange as Http1ClientExchange;
    const fields = this.fields;
    const response = readResponse(this.head, fields);
    this.head.release();
    const { status } = response;
    if (status < 200 && status !== 101) {
      const last = fields.close || response.version === '1.0';
      if (++exchange.interim > MAX_INTERIM || last) throw badInterim();
      this.head.begin(HeadKind.response);
      exchange.receiver?.onInformational(response);
      return;
    }
    const body = bodyOf(status, fields, exchange);
    this.#reusable = response.version === '1.1' ? !fields.close : fields.keepAlive && !fields.close;
    switch (body) {
      case ResponseBody.none:
        this.#state = State.done;
        break;
      case ResponseBody.length:
        this.#state = State.body;
        this.body.beginLength(fields.contentLength);
        break;
      case ResponseBody.chunked:
        this.#state = State.body;
        this.body.beginChunked();
        break;
      case ResponseBody.untilClose:
        this.#state = State.body;
        this.#reusable = false;
        this.body.beginUntilClose();
        break;
      default:
        this.#beginTunnel();
    }
    if ((exchange.upgrade || exchange.connect) && body !== ResponseBody.tunnel) this.#refuseTunnel(exchange);
    this.updatePause();
    exchange.receiver?.onHead(response, body === ResponseBody.none);
    if (body === ResponseBody.tunnel) this.#tellWritable();
  }

  onBody(chunk: Buffer, last: boolean): void {
    if (last) this.#state = State.done;
    this.exchange?.receiver?.onData(chunk, last);
  }

  protected readToEnd(): void {
    this.#state = State.done;
  }

  /** The end of the connection is the end of the body. */
  #endByClose(): void {
    this.body.stop();
    this.onBody(NOTHING, true);
    if (this.#state === State.done) this.#finish(0);
  }

  // Tunnels

  /** What was to be sent into the tunnel may go. */
  #beginTunnel(): void {
    const exchange = this.exchange as Http1ClientExchange;
    this.#state = State.tunnel;
    this.#reusable = false;
    this.outbound.begin('', SendMode.raw, 0);
    for (const chunk of this.#early.take()) this.outbound.send(chunk, false);
    if (exchange.ended) this.transport.end();
  }

  /** The server answers as if nothing had been asked for: the request is over, and what was to go into the tunnel is not sent. */
  #refuseTunnel(exchange: Http1ClientExchange): void {
    exchange.ended = true;
    this.#early.clear();
  }

  /** Both halves are over; what is still in the transport goes out. */
  protected tunnelOver(exchange: Http1ClientExchange): void {
    this.exchange = undefined;
    exchange.detach();
    this.#state = State.closed;
    this.transport.end();
  }

  #sendEarly(exchange: Http1ClientExchange, chunk: Uint8Array, endStream: boolean): boolean {
    if (!this.#early.add(chunk)) {
      this.endExchange(exchange, 'overflow');
      return false;
    }
    if (endStream) exchange.ended = true;
    exchange.waitsForDrain = true;
    return false;
  }

  // What the exchange sends

  sendRequest(exchange: Http1ClientExchange, head: RequestHead, endStream: boolean): void {
    const encoded = encodeRequest(head, endStream);
    exchange.headSent = true;
    exchange.bodiless = head.method === 'HEAD';
    exchange.connect = head.method === 'CONNECT';
    exchange.upgrade = head.upgrade !== undefined;
    if (exchange.connect || exchange.upgrade || endStream) {
      exchange.ended = endStream;
      this.outbound.sendWhole(encoded.text);
    } else {
      this.outbound.begin(encoded.text, encoded.mode, encoded.length);
    }
  }

  override sendBody(exchange: Http1ClientExchange, chunk: Uint8Array, endStream: boolean): boolean {
    return (exchange.upgrade || exchange.connect) && this.#state !== State.tunnel
      ? this.#sendEarly(exchange, chunk, endStream)
      : super.sendBody(exchange, chunk, endStream);
  }

  protected sent(exchange: Http1ClientExchange): void {
    exchange.ended = true;
    if (this.#state === State.tunnel) this.endTunnelOutput(exchange);
  }

  #tellWritable(): void {
    const exchange = this.exchange;
    if (exchange === undefined || !exchange.waitsForDrain || this.outbound.blocked) return;
    if ((exchange.upgrade || exchange.connect) && this.#state !== State.tunnel) return;
    exchange.waitsForDrain = false;
    exchange.receiver?.onWritable();
  }

  protected updatePause(): void {
    if (!this.reading) this.pause(this.exchange?.paused === true && this.#state !== State.closed);
  }

  // Ends

  /** The exchange is over. With bytes after the response nobody knows what they belong to. */
  #finish(left: number): void {
    const exchange = this.exchange;
    this.exchange = undefined;
    if (exchange === undefined) return;
    const clean = exchange.ended && this.#reusable && left === 0;
    exchange.detach();
    if (left > 0) this.#handler.onProtocolError(unasked());
    if (!clean || this.#draining) {
      this.destroy();
      return;
    }
    this.#state = State.idle;
    this.updatePause();
    this.#handler.onAvailable();
  }

  /** The server breaks the protocol. */
  #fail(error: CodecError): void {
    const exchange = this.exchange;
    this.exchange = undefined;
    this.destroy();
    exchange?.fail('protocol-error');
    this.#handler.onProtocolError(error);
  }
}

function badInterim(): CodecError {
  return new CodecError('too many 1xx heads, or one that ends the connection', { detail: 'http1.codec_error' });
}

function unasked(): CodecError {
  return new CodecError('bytes that no request asked for', { detail: 'http1.codec_error' });
}
