import type { ClientExchange, RequestHead, ResponseReceiver } from '../exchange.ts';
import { Http1Exchange, type ExchangeOwner } from './http1-exchange.ts';

/** What an exchange asks of its connection besides. */
export interface ClientExchangeOwner extends ExchangeOwner {
  sendRequest(exchange: Http1ClientExchange, head: RequestHead, endStream: boolean): void;
}

/** A request that goes out, and its response. */
export class Http1ClientExchange extends Http1Exchange<ClientExchangeOwner> implements ClientExchange {
  receiver: ResponseReceiver | undefined;
  /** The request is HEAD, whose response has no body. */
  bodiless = false;
  connect = false;
  upgrade = false;
  /** 1xx heads so far. */
  interim = 0;

  constructor(owner: ClientExchangeOwner, receiver: ResponseReceiver) {
    super(owner);
    this.receiver = receiver;
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    if (this.owner === undefined) return;
    if (this.headSent) throw new Error('the head of this request was sent');
    this.owner.sendRequest(this, head, endStream);
  }
}
