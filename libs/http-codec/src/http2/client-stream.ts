import type { BodyReceiver, ClientExchange, RequestHead, ResetReason, ResponseReceiver } from '../exchange.ts';
import { Http2Stream, type StreamOwner } from './stream.ts';

/** What a client's stream needs of its connection beside {@link StreamOwner}. */
export interface ClientStreamOwner extends StreamOwner {
  /** Gives the stream its number and its send window. False: the connection takes no more. */
  writeRequest(stream: ClientStream, head: RequestHead, endStream: boolean): boolean;
}

/** A request that goes out by HTTP/2. */
export class ClientStream extends Http2Stream implements ClientExchange {
  declare protected readonly owner: ClientStreamOwner;
  readonly receiver: ResponseReceiver;
  method = '';
  /** 200 to an extended CONNECT is told as 101, which is what an upgrade gets from HTTP/1. */
  upgrades = false;

  constructor(owner: ClientStreamOwner, receiver: ResponseReceiver) {
    super(owner, 0);
    this.receiver = receiver;
  }

  get bodyReceiver(): BodyReceiver {
    return this.receiver;
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    if (this.closed || this.headSent) return;
    this.method = head.method;
    this.upgrades = head.upgrade !== undefined;
    if (!this.owner.writeRequest(this, head, endStream)) return;
    this.headSent = true;
    if (endStream) this.endWithHead();
  }

  /** Bytes of the body that follows a head: what `contentLength` says (-1: not known), or none where there may be none. */
  expectBody(status: number, contentLength: number): void {
    if (this.upgrades || this.method === 'CONNECT') return;
    const none = this.method === 'HEAD' || status === 204 || status === 304;
    this.expectedBytes = none ? 0 : contentLength;
  }

  /** The response ended with its head. */
  endOfResponse(): void {
    this.endRemoteWithHead();
  }

  override onRemoteReset(reason: ResetReason): void {
    // A response that is complete stays good, whatever the server thinks of the rest of the request (RFC 9113, section 8.1).
    if (this.remoteEnded) this.stopSending();
    else this.fail(reason);
  }

  protected onLocalEnd(): void {
    // The response may still come.
  }
}
