import type {
  BodyReceiver,
  ClientConnectionHandler,
  CodecError,
  RequestHead,
  ResetReason,
  ResponseHead,
  ResponseReceiver,
  ServerConnectionHandler,
  ServerExchange,
} from '../src/exchange.ts';
import { HeaderList } from '../src/headers.ts';

/** Keeps what it is told. */
export class BodyRecorder implements BodyReceiver {
  readonly chunks: Buffer[] = [];
  trailers: HeaderList | undefined;
  reset: ResetReason | undefined;
  ended = false;
  writable = 0;
  onEvent: () => void = () => undefined;

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  onData(chunk: Buffer, endStream: boolean): void {
    if (this.ended) throw new Error('data after the end');
    this.chunks.push(Buffer.from(chunk));
    this.ended = endStream;
    this.onEvent();
  }

  onTrailers(trailers: HeaderList): void {
    if (this.ended) throw new Error('trailers after the end');
    this.trailers = trailers;
    this.ended = true;
    this.onEvent();
  }

  onReset(reason: ResetReason): void {
    if (this.reset !== undefined) throw new Error('reset twice');
    this.reset = reason;
    this.onEvent();
  }

  onWritable(): void {
    this.writable++;
    this.onEvent();
  }
}

export class ResponseRecorder extends BodyRecorder implements ResponseReceiver {
  readonly informational: ResponseHead[] = [];
  head: ResponseHead | undefined;

  onInformational(head: ResponseHead): void {
    this.informational.push(head);
    this.onEvent();
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.head !== undefined) throw new Error('head twice');
    this.head = head;
    this.ended = endStream;
    this.onEvent();
  }
}

/** A server's owner that gives each request to `answer`. */
export class ServerRecorder implements ServerConnectionHandler {
  readonly requests: ServerExchange[] = [];
  readonly bodies: BodyRecorder[] = [];
  readonly idle: boolean[] = [];
  errors: CodecError[] = [];
  closed = 0;
  readonly #answer: (exchange: ServerExchange, body: BodyRecorder) => void;

  constructor(answer: (exchange: ServerExchange, body: BodyRecorder) => void = () => undefined) {
    this.#answer = answer;
  }

  onRequest(exchange: ServerExchange): void {
    const body = new BodyRecorder();
    exchange.receiver = body;
    this.requests.push(exchange);
    this.bodies.push(body);
    this.#answer(exchange, body);
  }

  onProtocolError(error: CodecError): void {
    this.errors.push(error);
  }

  onClose(): void {
    this.closed++;
  }

  onIdle(idle: boolean): void {
    this.idle.push(idle);
  }
}

export class ClientRecorder implements ClientConnectionHandler {
  errors: CodecError[] = [];
  available = 0;
  closed = 0;

  onAvailable(): void {
    this.available++;
  }

  onProtocolError(error: CodecError): void {
    this.errors.push(error);
  }

  onClose(): void {
    this.closed++;
  }
}

export function requestHead(params: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    path: '/',
    authority: 'example.test',
    scheme: 'http',
    headers: new HeaderList(),
    version: '2',
    expectsContinue: false,
    ...params,
  };
}

export function responseHead(status: number, ...headers: readonly (readonly [string, string])[]): ResponseHead {
  return { status, headers: HeaderList.of(...headers), version: '2' };
}
