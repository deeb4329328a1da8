import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ServerExchange } from '../src/exchange.ts';
import { Http2ClientConnection } from '../src/http2/client-connection.ts';
import type { Http2Options } from '../src/http2/options.ts';
import { Http2ServerConnection } from '../src/http2/server-connection.ts';
import { ClientRecorder, ServerRecorder, type BodyRecorder } from './exchanges.ts';
import { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';

export interface BothEndsParams {
  readonly pipe?: MemoryTransportOptions;
  readonly server?: Http2Options;
  readonly client?: Http2Options;
}

/** Our client and our server on a pipe in memory. */
export class BothEnds {
  readonly serverPipe: MemoryTransport;
  readonly clientPipe: MemoryTransport;
  readonly serverEvents: ServerRecorder;
  readonly clientEvents = new ClientRecorder();
  readonly server: Http2ServerConnection;
  readonly client: Http2ClientConnection;

  constructor(answer: (exchange: ServerExchange, body: BodyRecorder) => void, params: BothEndsParams = {}) {
    [this.serverPipe, this.clientPipe] = MemoryTransport.pair(params.pipe);
    this.serverEvents = new ServerRecorder(answer);
    const { serverPipe, clientPipe, serverEvents, clientEvents } = this;
    this.server = new Http2ServerConnection({
      transport: serverPipe,
      handler: serverEvents,
      options: params.server ?? {},
    });
    this.client = new Http2ClientConnection({
      transport: clientPipe,
      handler: clientEvents,
      options: params.client ?? {},
    });
    serverPipe.reader = this.server;
    clientPipe.reader = this.client;
  }
}

/** Lets bytes move until it is so; fails when that takes too many turns. */
export async function until(done: () => boolean, turns = 100_000): Promise<void> {
  for (let i = 0; i < turns && !done(); i++) await nextTurn();
  if (!done()) throw new Error('it never came');
}
