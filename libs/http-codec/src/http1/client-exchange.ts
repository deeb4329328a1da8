import type { ClientExchange, RequestHead, ResetReason, ResponseReceiver } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';

/** What an exchange asks of its connection. */
export interface ClientExchangeOwner {
  sendRequest(exchange: Http1ClientExchange, head: RequestHead, endStream: boolean): void;
  sendBody(exchange: Http1ClientExchange, chunk: Uint8Array, endStream: boolean): boolean;
  sendRequestTrailers(exchange: Http1ClientExchange, trailers: HeaderList): void;
  resetExchange(exchange: Http1ClientExchange): void;
  setPaused(exchange: Http1ClientExchange, paused: boolean): void;
}

/** A request that goes out, and its response. Lets go of its connection when it is over; calls do nothing from then on. */
export class Http1ClientExchange implements ClientExchange {
  receiver: ResponseReceiver | undefined;
  headSent = false;
  /** The request is HEAD, whose response has no body. */
  bodiless = false;
  connect = false;
  upgrade = false;
  /** The request's half is over. */
  ended = false;
  paused = false;
  /** A `sendData` has given false. */
  waitsForDrain = false;
  /** 1xx heads so far. */
  interim = 0;
  #owner: ClientExchangeOwner | undefined;

  constructor(owner: ClientExchangeOwner, receiver: ResponseReceiver) {
    this.#owner = owner;
    this.receiver = receiver;
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    if (this.#owner === undefined) return;
    if (this.headSent) throw new Error('the head of this request was sent');
    this.#owner.sendRequest(this, head, endStream);
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#owner === undefined || this.ended) return true;
    if (!this.headSent) throw new Error('no head of this request was sent');
    return this.#owner.sendBody(this, chunk, endStream);
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#owner === undefined || this.ended) return;
    if (!this.headSent) throw new Error('no head of this request was sent');
    this.#owner.sendRequestTrailers(this, trailers);
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
