import type { BodyReceiver, BodySender, ResetReason } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';

/** What an exchange asks of its connection, on either side. */
export interface ExchangeOwner {
  sendBody(exchange: Http1Exchange, chunk: Uint8Array, endStream: boolean): boolean;
  sendTrailers(exchange: Http1Exchange, trailers: HeaderList): void;
  resetExchange(exchange: Http1Exchange): void;
  setPaused(exchange: Http1Exchange, paused: boolean): void;
}

/** A request and its response on an HTTP/1 connection. Lets go of its connection when it is over; calls do nothing from then on. */
export abstract class Http1Exchange<Owner extends ExchangeOwner = ExchangeOwner> implements BodySender {
  abstract receiver: BodyReceiver | undefined;
  headSent = false;
  paused = false;
  /** Our half is over; told only where the connection goes on with the other one. */
  ended = false;
  /** A `sendData` has given false. */
  waitsForDrain = false;
  protected owner: Owner | undefined;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.owner === undefined || this.ended) return true;
    this.#checkHead();
    return this.owner.sendBody(this, chunk, endStream);
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.owner === undefined || this.ended) return;
    this.#checkHead();
    this.owner.sendTrailers(this, trailers);
  }

  reset(_reason?: ResetReason): void {
    this.owner?.resetExchange(this);
  }

  pauseReading(): void {
    this.owner?.setPaused(this, true);
  }

  resumeReading(): void {
    this.owner?.setPaused(this, false);
  }

  /** It is over: nothing goes out by it, nothing is told. */
  detach(): void {
    this.owner = undefined;
    this.receiver = undefined;
  }

  /** Over by a reason that the receiver hears. */
  fail(reason: ResetReason): void {
    const receiver = this.receiver;
    this.detach();
    receiver?.onReset(reason);
  }

  #checkHead(): void {
    if (!this.headSent) throw new Error('no head of this message was sent');
  }
}
