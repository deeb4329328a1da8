import type { BodyReceiver, RequestHead, ResetReason, ResponseHead, ServerExchange } from '../exchange.ts';
import { ErrorCode } from './error-code.ts';
import { Http2Stream, type StreamOwner } from './stream.ts';

/** What a server's stream needs of its connection beside {@link StreamOwner}. */
export interface ServerStreamOwner extends StreamOwner {
  writeResponse(stream: ServerStream, status: number, head: ResponseHead, endStream: boolean): void;
  drain(): void;
}

export interface ServerStreamParams {
  readonly owner: ServerStreamOwner;
  readonly id: number;
  readonly head: RequestHead;
  readonly endStream: boolean;
  readonly sendWindow: number;
  readonly openedAt: number;
}

/** A request that came in by HTTP/2. */
export class ServerStream extends Http2Stream implements ServerExchange {
  declare protected readonly owner: ServerStreamOwner;
  readonly head: RequestHead;
  readonly endStream: boolean;
  receiver: BodyReceiver | undefined = undefined;
  readonly openedAt: number;
  #tunnel = false;

  constructor(params: ServerStreamParams) {
    super(params.owner, params.sendWindow);
    this.id = params.id;
    this.head = params.head;
    this.endStream = params.endStream;
    this.headReceived = true;
    this.remoteEnded = params.endStream;
    this.openedAt = params.openedAt;
  }

  get bodyReceiver(): BodyReceiver | undefined {
    return this.receiver;
  }

  sendInformational(head: ResponseHead): void {
    if (!this.closed && !this.headSent) this.owner.writeResponse(this, head.status, head, false);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.closed || this.headSent) return;
    // What HTTP/1 says by 101 is 200 to an extended CONNECT (RFC 8441, section 5.1).
    const status = head.status === 101 ? 200 : head.status;
    this.owner.writeResponse(this, status, head, endStream);
    this.headSent = true;
    this.#tunnel = status < 300 && (this.head.upgrade !== undefined || this.head.method === 'CONNECT');
    if (endStream) this.endWithHead();
  }

  closeAfterwards(): void {
    this.owner.drain();
  }

  protected onLocalEnd(): void {
    // A tunnel's halves end on their own.
    if (this.#tunnel) return;
    // The rest of a request that is answered is of no use: the client need not send it.
    if (this.remoteEnded) this.close();
    else this.resetWith(ErrorCode.noError);
  }

  protected override codeFor(reason: ResetReason | undefined): number {
    const code = super.codeFor(reason);
    // Cancel is what clients say.
    return code === ErrorCode.cancel ? ErrorCode.internalError : code;
  }
}
