import {
  HeaderList,
  Http2ClientConnection,
  Http2ServerConnection,
  type ClientExchange,
  type RequestHead,
  type ResetReason,
  type ResponseHead,
  type ResponseReceiver,
  type ServerExchange,
} from '@malla/http-codec';
import type { UpstreamPeer } from './fake-cluster.ts';
import type { Client } from './http-world.ts';

const nobody = { onAvailable: () => undefined, onProtocolError: () => undefined, onClose: () => undefined };

/** Makes a client in memory speak HTTP/2. */
export function http2Client(client: Client): Http2ClientConnection {
  const connection = new Http2ClientConnection({ transport: client.pair.far, handler: nobody });
  client.pair.far.reader = connection;
  return connection;
}

/** Makes an upstream in memory speak HTTP/2; exchanges are the spec's. */
export function http2Upstream(
  peer: UpstreamPeer,
  onRequest: (exchange: ServerExchange) => void,
): Http2ServerConnection {
  const connection = new Http2ServerConnection({
    transport: peer.pair.far,
    handler: { onRequest, onProtocolError: () => undefined, onClose: () => undefined, onIdle: () => undefined },
  });
  peer.pair.far.reader = connection;
  return connection;
}

export function requestHead(change: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    path: '/',
    authority: 'a.com',
    scheme: 'http',
    headers: new HeaderList(),
    version: '2',
    expectsContinue: false,
    ...change,
  };
}

/** What a client gets for a request. */
export class Answer implements ResponseReceiver {
  head: ResponseHead | undefined;
  body = '';
  trailers: HeaderList | undefined;
  ended = false;
  reset: ResetReason | undefined;
  readonly exchange: ClientExchange;

  constructor(connection: Http2ClientConnection, head: RequestHead, endStream = true) {
    this.exchange = connection.open(this);
    this.exchange.sendHead(head, endStream);
  }

  onInformational(): void {}

  onHead(head: ResponseHead, endStream: boolean): void {
    this.head = head;
    this.ended = endStream;
  }

  onData(chunk: Buffer, endStream: boolean): void {
    this.body += chunk.toString('latin1');
    this.ended = endStream;
  }

  onTrailers(trailers: HeaderList): void {
    this.trailers = trailers;
    this.ended = true;
  }

  onReset(reason: ResetReason): void {
    this.reset = reason;
  }

  onWritable(): void {}
}
