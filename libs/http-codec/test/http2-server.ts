import { createServer, type Server } from 'node:net';
import type { ServerConnectionHandler, ServerExchange } from '../src/exchange.ts';
import { HeaderList } from '../src/headers.ts';
import type { Http2Options } from '../src/http2/options.ts';
import { Http2ServerConnection } from '../src/http2/server-connection.ts';
import { SocketTransport } from './socket-transport.ts';

export interface Http2TestServer {
  readonly port: number;
  readonly connections: Set<Http2ServerConnection>;
  close(): Promise<void>;
}

/** Our server side on a port of 127.0.0.1. */
export async function startHttp2Server(
  onRequest: (exchange: ServerExchange) => void,
  options: Http2Options = {},
): Promise<Http2TestServer> {
  const connections = new Set<Http2ServerConnection>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const transport = new SocketTransport(socket);
    const handler: ServerConnectionHandler = {
      onRequest,
      onProtocolError: () => {
        // As a listener does: the peer has a moment to read why.
        setTimeout(() => socket.destroy(), 500).unref();
      },
      onClose: () => connections.delete(connection),
      onIdle: () => undefined,
    };
    const connection = new Http2ServerConnection({ transport, handler, options });
    connections.add(connection);
    transport.readBy(connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections,
    close: () => {
      for (const connection of connections) connection.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers each request when it is whole: its body comes back, or a short text. */
export function echoBody(exchange: ServerExchange): void {
  const chunks: Buffer[] = [];
  const answer = (): void => {
    const body = chunks.length === 0 ? Buffer.from('Hello, HTTP/2') : Buffer.concat(chunks);
    const headers = HeaderList.of(['content-type', 'text/plain'], ['content-length', String(body.length)]);
    const noBody = exchange.head.method === 'HEAD';
    exchange.sendHead({ status: 200, headers, version: '2' }, noBody);
    if (!noBody) exchange.sendData(body, true);
  };
  exchange.receiver = {
    onData: (chunk, endStream) => {
      chunks.push(Buffer.from(chunk));
      if (endStream) answer();
    },
    onTrailers: answer,
    onReset: () => undefined,
    onWritable: () => undefined,
  };
  if (exchange.endStream) answer();
}
