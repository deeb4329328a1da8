import type { BodyReceiver, RequestHead, ResetReason, ResponseHead, ServerExchange } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';

/** What an exchange asks of its connection. */
export interface ExchangeOwner {
  sendInformational(exchange: Http1ServerExchange, head: ResponseHead): void;
  sendResponse(exchange: Http1ServerExchange, head: ResponseHead, endStream: boolean): void;
  sendBody(exchange: Http1ServerExchange, chunk: Uint8Array, endStream: boolean): boolean;
  sendResponseTrailers(exchange: Http1ServerExchange, trailers: HeaderList): void;
  resetExchange(exchange: Http1ServerExchange): void;
  setPaused(exchange: Http1ServerExchange, paused: boolean): void;
}

/** A request and its response on an HTTP/1 connection. Lets go of its connection when it is over; calls do nothing from then on. */
export class Http1ServerExchange implements ServerExchange {
  readonly head: RequestHead;
  readonly endStream: boolean;
  receiver: BodyReceiver | undefined = undefined;
  /** The request says that the connection ends after it. */
  readonly lastRequest: boolean;
  /** Asked for by the handler. */
  closing = false;
  headSent = false;
  continueSent = false;
  paused = false;
  /** Of a tunnel: our half is over. */
  ended = false;
  /** A `sendData` has given false. */
  waitsForDrain = false;
  #owner: ExchangeOwner | undefined;

  constructor(owner: ExchangeOwner, head: RequestHead, endStream: boolean, lastRequest: boolean) {
    this.#owner = owner;
    this.head = head;
    this.endStream = endStream;
    this.lastRequest = lastRequest;
  }

  sendInformational(head: ResponseHead): void {
    this.#owner?.sendInformational(this, head);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.#owner === undefined) return;
    if (this.headSent) throw new Error('the head of this response was sent');
    this.#owner.sendResponse(this, head, endStream);
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#owner === undefined || this.ended) return true;
    if (!this.headSent) throw new Error('no head of this response was sent');
    return this.#owner.sendBody(this, chunk, endStream);
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#owner === undefined || this.ended) return;
    if (!this.headSent) throw new Error('no head of this response was sent');
    this.#owner.sendResponseTrailers(this, trailers);
  }

  closeAfterwards(): void {
    this.closing = true;
  }

  reset(_reason?: ResetReason): void {
    this.#owner?.resetExchange(this);
  }

  pauseReading(): void {
    this.#owner?.setPaused(this, true);
  }

  resumeReading(): void {
    this.#owner?.setPaused(this, false);
  }

  /** It is over: nothing goes out by it, nothing is told. */
  detach(): void {
    this.#owner = undefined;
    this.receiver = undefined;
  }

  /** Over by a reason that the receiver hears. */
  fail(reason: ResetReason): void {
    const receiver = this.receiver;
    this.detach();
    receiver?.onReset(reason);
  }
}
