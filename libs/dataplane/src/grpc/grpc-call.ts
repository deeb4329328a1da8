import {
  HeaderList,
  type ClientConnection,
  type ClientExchange,
  type ResetReason,
  type ResponseHead,
  type ResponseReceiver,
} from '@malla/http-codec';
import { GrpcFrameReader, grpcFrame } from './frames.ts';
import { grpcCodes, statusOf, statusOfHttp, type GrpcStatus } from './grpc-status.ts';

export interface GrpcCallParams {
  /** With room for one more exchange. */
  readonly connection: ClientConnection;
  readonly authority: string;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  /** Told to the server; the caller keeps time itself. In milliseconds, 0 for none. */
  readonly timeoutMs?: number;
  readonly handler: GrpcCallHandler;
}

export interface GrpcCallHandler {
  /** One message of the server; the bytes are the caller's. */
  onMessage(message: Uint8Array): void;
  /** Last, once. */
  onEnd(status: GrpcStatus): void;
}

/** Bytes of one message of a server. Discovery sends all endpoints of a mesh in one. */
const maxMessageBytes = 64 * 1024 * 1024;
/** Bytes that may wait to be sent before the call is given up: a server that reads nothing. */
const maxWaitingBytes = 16 * 1024 * 1024;

/** One call, of any kind: messages in both directions until either side ends. */
export class GrpcCall implements ResponseReceiver {
  readonly #handler: GrpcCallHandler;
  readonly #reader: GrpcFrameReader;
  readonly #exchange: ClientExchange;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writable = true;
  #ending = false;
  #httpStatus = 0;
  #ended = false;

  constructor(params: GrpcCallParams) {
    this.#handler = params.handler;
    this.#reader = new GrpcFrameReader(maxMessageBytes, (message) => this.#ended || this.#handler.onMessage(message));
    this.#exchange = params.connection.open(this);
    this.#exchange.sendHead(requestHead(params), false);
  }

  /** Whether a message would be sent at once. */
  get writable(): boolean {
    return this.#writable;
  }

  send(message: Uint8Array): void {
    if (this.#ended || this.#ending) return;
    const frame = grpcFrame(message);
    if (this.#writable) {
      this.#writable = this.#exchange.sendData(frame, false);
      return;
    }
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > maxWaitingBytes)
      this.#abort({ code: grpcCodes.resourceExhausted, message: 'the server does not read' });
  }

  /** No more messages from here. */
  end(): void {
    if (this.#ended || this.#ending) return;
    this.#ending = true;
    if (this.#waiting.length === 0) this.#exchange.sendData(empty, true);
  }

  /** Gives the call up; the handler hears nothing more. */
  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#exchange.reset('local-reset');
  }

  onInformational(): void {
    // Not used by gRPC.
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.#httpStatus = head.status;
    const status = statusOf(head.headers);
    if (endStream) this.#end(status ?? this.#withoutStatus());
    else if (head.status !== 200) this.#abort(statusOfHttp(head.status));
  }

  onData(chunk: Buffer, endStream: boolean): void {
    if (this.#ended) return;
    const problem = this.#reader.push(chunk);
    if (problem !== undefined) this.#abort({ code: grpcCodes.internal, message: `the server sent ${problem}` });
    else if (endStream) this.#end(this.#withoutStatus());
  }

  onTrailers(trailers: HeaderList): void {
    this.#end(statusOf(trailers) ?? this.#withoutStatus());
  }

  onReset(reason: ResetReason): void {
    this.#end({ code: grpcCodes.unavailable, message: reasons[reason] });
  }

  onWritable(): void {
    this.#writable = true;
    while (this.#writable && this.#waiting.length > 0) {
      const frame = this.#waiting.shift() as Buffer;
      this.#waitingBytes -= frame.length;
      this.#writable = this.#exchange.sendData(frame, false);
    }
    if (this.#ending && this.#waiting.length === 0) this.#exchange.sendData(empty, true);
  }

  #withoutStatus(): GrpcStatus {
    if (this.#httpStatus !== 200) return statusOfHttp(this.#httpStatus);
    return { code: grpcCodes.unknown, message: 'the answer has no grpc-status' };
  }

  #abort(status: GrpcStatus): void {
    this.#exchange.reset('local-reset');
    this.#end(status);
  }

  #end(status: GrpcStatus): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    const complete = this.#reader.complete || status.code !== grpcCodes.ok;
    this.#handler.onEnd(complete ? status : { code: grpcCodes.internal, message: 'the last message is not whole' });
  }
}

const empty = new Uint8Array(0);

/** Envoy's words for what ended a stream. */
const reasons: Readonly<Record<ResetReason, string>> = {
  'connection-termination':
    'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
  'connection-failure': 'upstream connect error or disconnect/reset before headers. reset reason: connection failure',
  'remote-reset': 'remote reset',
  'remote-refused': 'remote refused stream',
  'protocol-error': 'protocol error',
  overflow: 'overflow',
  'local-reset': 'local reset',
};

function requestHead({ authority, path, metadata = [], timeoutMs = 0 }: GrpcCallParams) {
  const headers = new HeaderList();
  headers.append('te', 'trailers');
  if (timeoutMs > 0) headers.append('grpc-timeout', `${Math.min(Math.ceil(timeoutMs), 99_999_999)}m`);
  headers.append('content-type', 'application/grpc');
  for (const [name, value] of metadata) headers.append(name, value);
  return {
    method: 'POST',
    path,
    authority,
    scheme: 'http',
    headers,
    version: '2' as const,
    expectsContinue: false,
  };
}
