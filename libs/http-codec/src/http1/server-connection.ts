import { CodecError, type ResponseHead, type ServerConnection, type ServerConnectionHandler } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import type { Transport } from '../transport.ts';
import { atEndOfTurn, type TurnTask } from '../turn.ts';
import { Backlog } from './backlog.ts';
import { errorResponse } from './error-response.ts';
import { HeadKind } from './head-scanner.ts';
import { Http1Connection } from './http1-connection.ts';
import { RequestReader } from './request-reader.ts';
import { asksForTunnel } from './request-writer.ts';
import { encodeInterim, encodeResponse, isTunnel } from './response-writer.ts';
import { Http1ServerExchange, type ServerExchangeOwner } from './server-exchange.ts';
import { DEFAULT_MAX_DROPPED_BYTES, type Http1ServerOptions } from './options.ts';

const State = {
  /** Before or in a request's head. */
  head: 0,
  /** In a request's body, also in one that is dropped after an early response. */
  body: 1,
  /** The request is read; its response is not over, or not yet with the peer. Bytes wait. */
  waiting: 2,
  /** After 101, or 2xx to CONNECT. */
  tunnel: 3,
  /** Nothing more will be sent; what comes is dropped. */
  closing: 4,
  closed: 5,
} as const;

/** Bytes that are dropped while the peer takes the last response; more ends the connection at once. */
const MAX_DROPPED_CLOSING = 64 * 1024 * 1024;
/** Bytes of requests that wait, when the transport goes on although it is paused. */
const MAX_BACKLOG = 1024 * 1024;

export interface Http1ServerParams {
  readonly transport: Transport;
  readonly handler: ServerConnectionHandler;
  readonly options: Http1ServerOptions;
}

/**
 * The server's side of an HTTP/1.1 (and 1.0) connection. Bytes of the next request wait, and the transport is paused with them.
 */
export class Http1ServerConnection
  extends Http1Connection<Http1ServerExchange>
  implements ServerConnection, ServerExchangeOwner, TurnTask
{
  readonly #handler: ServerConnectionHandler;
  readonly #errorFields: (() => HeaderList) | undefined;
  readonly #maxDropped: number;
  readonly #requests: RequestReader;
  readonly #backlog = new Backlog();
  #state: number = State.head;
  #idle = true;
  #draining = false;
  #inLine = false;
  #dropped = 0;

  constructor({ transport, handler, options }: Http1ServerParams) {
    super(transport, options);
    this.#handler = handler;
    this.#errorFields = options.errorFields;
    this.#maxDropped = options.maxDroppedBytes ?? DEFAULT_MAX_DROPPED_BYTES;
    this.#requests = new RequestReader({
      scheme: options.scheme,
      headersWithUnderscores: options.headersWithUnderscores ?? 'allow',
      acceptHttp10: options.acceptHttp10 ?? false,
      defaultHostForHttp10: options.defaultHostForHttp10 ?? '',
      allowAbsoluteUrl: options.allowAbsoluteUrl ?? true,
      upgrades: options.upgrades,
    });
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#state === State.head && !this.head.begun && this.#backlog.empty) this.#close();
  }

  destroy(): void {
    if (this.#state === State.closed) return;
    this.#state = State.closing;
    this.body.stop();
    this.#backlog.clear();
    this.outbound.drop();
    this.transport.destroy();
  }

  // What the transport tells

  protected receive(chunk: Buffer): void {
    if (this.#backlog.empty) this.#read(chunk, 0, chunk.length);
    else this.#addToBacklog(chunk);
  }

  protected peerHasEnded(): void {
    if (this.#state === State.tunnel) this.endTunnelInput();
    else if (this.exchange !== undefined) this.destroy();
    else if (this.#state !== State.closing) this.#close();
  }

  protected mayWrite(): void {
    const { exchange } = this;
    if (exchange === undefined) {
      if (this.#state === State.waiting) this.#nextRequest();
    } else if (exchange.waitsForDrain) {
      exchange.waitsForDrain = false;
      exchange.receiver?.onWritable();
    }
  }

  protected stop(): void {
    this.#state = State.closed;
    this.#backlog.clear();
  }

  protected gone(error: Error | undefined): void {
    this.#handler.onClose(error);
  }

  /** Goes on with requests that have waited. */
  onEndOfTurn(): void {
    this.#inLine = false;
    if (this.#state >= State.closing) return;
    const { bytes, start, end } = this.#backlog;
    if (end > start && this.#state !== State.waiting) this.#read(bytes, start, end);
    this.updatePause();
  }

  onTurnFault(): void {
    this.destroy();
  }

  // Reading

  #read(bytes: Buffer, start: number, end: number): void {
    this.reading = true;
    try {
      let p = start;
      while (p < end) {
        if (this.#state === State.head) {
          p = this.#readHead(bytes, p, end);
        } else if (this.#state === State.body) {
          p = this.body.read(bytes, p, end, this);
          // The end of a chunked body was read as trailers, by the same reader.
          if (!this.body.active) this.head.begin(HeadKind.request);
        } else if (this.#state === State.tunnel) {
          const chunk = bytes.subarray(p, end);
          p = end;
          this.exchange?.receiver?.onData(chunk, false);
        } else {
          break;
        }
      }
      if (this.#state === State.waiting) this.#backlog.keep(bytes, p, end);
      else this.#backlog.clearIf(bytes);
      if (this.#state === State.closing) this.#drop(end - p);
    } catch (error) {
      this.#backlog.clear();
      if (!(error instanceof CodecError)) {
        this.destroy();
        throw error;
      }
      this.#fail(error);
    } finally {
      this.reading = false;
    }
    this.#updateIdle();
    this.updatePause();
  }

  /** A transport that is paused may still have a little. */
  #addToBacklog(chunk: Buffer): void {
    if (this.#backlog.end - this.#backlog.start + chunk.length > MAX_BACKLOG) this.destroy();
    else this.#backlog.keep(chunk, 0, chunk.length);
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    let p = start;
    const head = this.head;
    if (!head.begun) {
      p = head.skipEmptyLines(bytes, p, end);
      if (p === end) return p;
    }
    p = head.read(bytes, p, end);
    if (head.complete) this.#beginRequest();
    return p;
  }

  #beginRequest(): void {
    const fields = this.fields;
    const request = this.#requests.read(this.head, fields);
    this.head.release();
    this.head.begin(HeadKind.request);
    const last = request.version === '1.1' ? fields.close : fields.close || !fields.keepAlive;
    const open = asksForTunnel(request);
    const hasBody = !open && (fields.chunked || fields.contentLength > 0);
    if (!hasBody) {
      this.#state = State.waiting;
    } else {
      this.#state = State.body;
      if (fields.chunked) this.body.beginChunked();
      else this.body.beginLength(fields.contentLength);
    }
    const exchange = new Http1ServerExchange(this, request, !open && !hasBody, last);
    this.exchange = exchange;
    if (this.#idle) {
      this.#idle = false;
      this.#handler.onIdle(false);
    }
    this.#handler.onRequest(exchange);
  }

  onBody(chunk: Buffer, last: boolean): void {
    const exchange = this.exchange;
    if (last) this.#state = State.waiting;
    if (exchange !== undefined) exchange.receiver?.onData(chunk, last);
    else if (last) this.#nextRequest();
  }

  protected readToEnd(): void {
    this.#state = State.waiting;
  }

  // What the exchange sends

  sendInformational(exchange: Http1ServerExchange, head: ResponseHead): void {
    if (exchange.headSent || exchange.head.version === '1.0') return;
    const text = encodeInterim(head);
    if (head.status === 100) exchange.continueSent = true;
    this.outbound.sendWhole(text);
  }

  sendResponse(exchange: Http1ServerExchange, head: ResponseHead, endStream: boolean): void {
    const { status } = head;
    if (status < 200 && (status !== 101 || exchange.head.upgrade === undefined)) {
      throw new TypeError(`not a final status here: ${status}`);
    }
    const tunnel = isTunnel(exchange.head, status);
    const close = !tunnel && (this.#draining || this.#endsAfter(exchange));
    const encoded = encodeResponse(exchange.head, head, endStream, close);
    exchange.headSent = true;
    exchange.closing = close || encoded.closes;
    if (tunnel) {
      this.#state = State.tunnel;
      this.#getInLine();
    }
    if (!endStream) {
      this.outbound.begin(encoded.text, encoded.mode, encoded.length);
      return;
    }
    this.outbound.sendWhole(encoded.text);
    this.#exchangeDone();
  }

  // From one exchange to the next

  /** The connection cannot go on after the response, by the request or by what is left of it. */
  #endsAfter(exchange: Http1ServerExchange): boolean {
    if (exchange.lastRequest || exchange.closing) return true;
    // Whoever asked for a tunnel may have sent into it already: those bytes must not be taken for a request.
    if (asksForTunnel(exchange.head)) return true;
    if (this.#state !== State.body) return false;
    if (exchange.head.expectsContinue && !exchange.continueSent) return true;
    return !this.body.byLength || this.body.remaining > this.#maxDropped;
  }

  protected sent(exchange: Http1ServerExchange): void {
    if (this.#state !== State.tunnel) {
      this.#exchangeDone();
      return;
    }
    exchange.ended = true;
    this.endTunnelOutput(exchange);
  }

  protected tunnelOver(): void {
    this.#exchangeDone();
  }

  #exchangeDone(): void {
    const exchange = this.exchange as Http1ServerExchange;
    this.exchange = undefined;
    exchange.detach();
    if (exchange.closing || this.#draining || this.#state === State.tunnel) this.#close();
    else if (this.#state === State.waiting) this.#nextRequest();
  }

  /** Waits for the peer to have taken the last response first, so that a peer that only sends does not fill our memory. */
  #nextRequest(): void {
    this.#state = State.waiting;
    if (this.outbound.blocked) return;
    if (this.#draining) {
      this.#close();
      return;
    }
    this.#state = State.head;
    if (this.reading) return;
    if (this.#backlog.empty) this.#updateIdle();
    else this.#getInLine();
  }

  #getInLine(): void {
    if (this.#inLine || this.reading) return;
    this.#inLine = true;
    atEndOfTurn(this);
  }

  #updateIdle(): void {
    if (this.#idle || this.exchange !== undefined || this.#state !== State.head) return;
    this.#idle = true;
    this.#handler.onIdle(true);
  }

  protected updatePause(): void {
    if (this.reading) return;
    const busy = this.#state === State.body || this.#state === State.tunnel;
    this.pause(this.#state < State.closing && (!this.#backlog.empty || (busy && this.exchange?.paused === true)));
  }

  // Ends

  /** Answers what breaks the protocol, and ends the connection. */
  #fail(error: CodecError): void {
    const exchange = this.exchange;
    const answer = exchange === undefined ? this.#state === State.head : !exchange.headSent;
    this.exchange = undefined;
    exchange?.fail('protocol-error');
    if (answer) this.outbound.sendWhole(errorResponse(error, this.#errorFields?.()));
    this.#handler.onProtocolError(error);
    // A response that is cut must not look complete.
    if (exchange !== undefined && !answer) this.destroy();
    else this.#close();
  }

  /** Sends what there is and ends our side; what still comes is dropped. */
  #close(): void {
    if (this.#state >= State.closing) return;
    this.#state = State.closing;
    this.body.stop();
    this.#backlog.clear();
    this.outbound.flush();
    this.transport.end();
    this.updatePause();
    this.#handler.onClosing?.();
  }

  #drop(bytes: number): void {
    this.#dropped += bytes;
    if (this.#dropped > MAX_DROPPED_CLOSING) this.transport.destroy();
  }
}
