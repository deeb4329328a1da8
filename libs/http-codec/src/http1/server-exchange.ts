import type { BodyReceiver, RequestHead, ResponseHead, ServerExchange } from '../exchange.ts';
import { Http1Exchange, type ExchangeOwner } from './http1-exchange.ts';

/** What an exchange asks of its connection besides. */
export interface ServerExchangeOwner extends ExchangeOwner {
  sendInformational(exchange: Http1ServerExchange, head: ResponseHead): void;
  sendResponse(exchange: Http1ServerExchange, head: ResponseHead, endStream: boolean): void;
}

/** A request that came in, and its response. `ended` is told of a tunnel alone. */
export class Http1ServerExchange extends Http1Exchange<ServerExchangeOwner> implements ServerExchange {
  readonly head: RequestHead;
  readonly endStream: boolean;
  receiver: BodyReceiver | undefined = undefined;
  /** The request says that the connection ends after it. */
  readonly lastRequest: boolean;
  /** Asked for by the handler. */
  closing = false;
  continueSent = false;

  constructor(owner: ServerExchangeOwner, head: RequestHead, endStream: boolean, lastRequest: boolean) {
    super(owner);
    this.head = head;
    this.endStream = endStream;
    this.lastRequest = lastRequest;
  }

  sendInformational(head: ResponseHead): void {
    this.owner?.sendInformational(this, head);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.owner === undefined) return;
    if (this.headSent) throw new Error('the head of this response was sent');
    this.owner.sendResponse(this, head, endStream);
  }

  closeAfterwards(): void {
    this.closing = true;
  }
}
