import { HeaderList } from '../../src/headers.ts';
import type {
  ClientConnectionHandler,
  CodecError,
  RequestHead,
  ResetReason,
  ResponseHead,
  ResponseReceiver,
  ServerConnectionHandler,
  ServerExchange,
} from '../../src/exchange.ts';
import { MemoryTransport } from './memory-transport.ts';
import { Http1ClientConnection } from '../../src/http1/client-connection.ts';
import type { Http1ClientOptions, Http1ServerOptions } from '../../src/http1/options.ts';
import { Http1ServerConnection } from '../../src/http1/server-connection.ts';

/** Notes what one side of an exchange hears, as text. */
export class Recorder implements ResponseReceiver {
  readonly events: string[] = [];
  body = '';
  ended = false;
  reset: ResetReason | undefined;
  writable = 0;
  /** Interim ones too. */
  readonly heads: ResponseHead[] = [];
  onEnd: () => void = () => {};

  onInformational(head: ResponseHead): void {
    this.heads.push(head);
    this.events.push(`interim ${head.status} ${fieldText(head.headers)}`);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.heads.push(head);
    this.events.push(`head ${head.status} ${fieldText(head.headers)}`);
    if (endStream) this.#end();
  }

  onData(chunk: Buffer, endStream: boolean): void {
    this.body += chunk.toString('latin1');
    if (endStream) this.#end();
  }

  onTrailers(trailers: HeaderList): void {
    this.events.push(`trailers ${fieldText(trailers)}`);
    this.#end();
  }

  onReset(reason: ResetReason): void {
    this.reset = reason;
    this.events.push(`reset ${reason}`);
  }

  onWritable(): void {
    this.writable++;
  }

  #end(): void {
    this.ended = true;
    this.onEnd();
  }
}

export interface SeenRequest {
  readonly exchange: ServerExchange;
  readonly head: RequestHead;
  readonly received: Recorder;
}

/** A server whose spec answers. */
export class TestServer implements ServerConnectionHandler {
  readonly requests: SeenRequest[] = [];
  readonly errors: CodecError[] = [];
  readonly idle: boolean[] = [];
  closing = 0;
  closed = 0;
  readonly transport: MemoryTransport;
  readonly connection: Http1ServerConnection;
  /** Called for every request; by default nothing is answered. */
  answer: (request: SeenRequest) => void = () => {};

  constructor(options: Partial<Http1ServerOptions> = {}, transport = new MemoryTransport()) {
    this.transport = transport;
    this.connection = new Http1ServerConnection({ transport, handler: this, options: { scheme: 'http', ...options } });
    transport.reader = this.connection;
  }

  get last(): SeenRequest {
    return this.requests.at(-1) as SeenRequest;
  }

  onRequest(exchange: ServerExchange): void {
    const received = new Recorder();
    if (exchange.endStream) received.ended = true;
    exchange.receiver = received;
    const request = { exchange, head: exchange.head, received };
    this.requests.push(request);
    this.answer(request);
  }

  onProtocolError(error: CodecError): void {
    this.errors.push(error);
  }

  onClosing(): void {
    this.closing++;
  }

  onClose(): void {
    this.closed++;
  }

  onIdle(idle: boolean): void {
    this.idle.push(idle);
  }
}

/** A client whose spec asks. */
export class TestClient implements ClientConnectionHandler {
  readonly errors: CodecError[] = [];
  available = 0;
  closed = 0;
  readonly transport: MemoryTransport;
  readonly connection: Http1ClientConnection;

  constructor(options: Http1ClientOptions = {}, transport = new MemoryTransport()) {
    this.transport = transport;
    this.connection = new Http1ClientConnection({ transport, handler: this, options });
    transport.reader = this.connection;
  }

  /** Sends a request without a body. */
  get(overrides: Partial<RequestHead> = {}): Recorder {
    const received = new Recorder();
    this.connection.open(received).sendHead(requestHead(overrides), true);
    return received;
  }

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

export function requestHead(overrides: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    path: '/',
    authority: 'a.test',
    scheme: 'http',
    headers: new HeaderList(),
    version: '1.1',
    expectsContinue: false,
    ...overrides,
  };
}

export function responseHead(status: number, ...fields: readonly (readonly [string, string])[]): ResponseHead {
  return { status, headers: HeaderList.of(...fields), version: '1.1' };
}

export function fieldText(headers: HeaderList): string {
  return [...headers].map(([name, value]) => `${name}=${value}`).join(';');
}
