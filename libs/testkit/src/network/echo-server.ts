import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Behaviour, type BehaviourSettings } from './behaviour.ts';

/** What an echo server saw of a request; it is also the body of its answers. */
export interface SeenRequest {
  readonly version: string;
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly host: string;
  /** Lower-case names, repeated values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Number of the connection it came over, from 1. */
  readonly connection: number;
  /** Common name of the client certificate (TLS only). */
  readonly clientCertificate?: string;
  /** HTTP version: 1.1 or 2.0. */
  readonly protocol: string;
}

/** TLS material in PEM. */
export interface EchoTls {
  readonly key: string;
  readonly cert: string;
  /** Ask for a client certificate of this CA. */
  readonly clientCa?: string;
}

export interface EchoServerParams {
  /** Its label, which answers carry. */
  readonly version: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default any. */
  readonly port?: number;
  readonly tls?: EchoTls;
  /** HTTP/2 without TLS instead of HTTP/1.1. */
  readonly http2?: boolean;
}

/** An HTTP server that answers with what it saw; it can fail, wait and close connections on demand. */
export class EchoServer implements AsyncDisposable {
  readonly #params: EchoServerParams;
  readonly #server: Server;
  readonly #connections = new Map<Socket, number>();
  #behaviour = new Behaviour();
  #accepted = 0;
  /** Requests since the last {@link EchoServer.behave}. */
  seen: SeenRequest[] = [];

  constructor(params: EchoServerParams) {
    this.#params = params;
    this.#server = this.#create();
    this.#server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, ++this.#accepted);
      socket.on('close', () => this.#connections.delete(socket));
      socket.on('error', () => socket.destroy());
    });
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    const { host = '127.0.0.1', port = 0 } = this.#params;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** TCP connections accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** TCP connections open now. */
  get open(): number {
    return this.#connections.size;
  }

  /** Begins a new behaviour, which several servers may share, and forgets what was seen. */
  behave(behaviour: BehaviourSettings | Behaviour = {}): void {
    this.#behaviour = behaviour instanceof Behaviour ? behaviour : new Behaviour(behaviour);
    this.seen = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#connections.keys()) socket.destroy();
    await closed;
  }

  #create(): Server {
    const { tls, http2 } = this.#params;
    const handle = (
      request: IncomingMessage | Http2ServerRequest,
      response: ServerResponse | Http2ServerResponse,
    ): void => {
      void this.#answer(request as IncomingMessage, response as ServerResponse);
    };
    if (http2 === true) return createHttp2Server(handle);
    if (tls === undefined) return createHttpServer({ keepAliveTimeout: 60_000 }, handle);
    const client = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
    return createHttpsServer({ key: tls.key, cert: tls.cert, ...client }, handle);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const seen = this.#look(request);
    this.seen.push(seen);
    const reaction = this.#behaviour.next();
    if (reaction.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, reaction.delayMs));
    if (reaction.status === 'reset') {
      request.socket.destroy();
      return;
    }
    response.writeHead(reaction.status, {
      'content-type': 'application/json',
      'x-echo-version': this.#params.version,
      ...reaction.headers,
    });
    response.end(JSON.stringify(seen));
  }

  #look(request: IncomingMessage): SeenRequest {
    const headers: Record<string, string> = {};
    for (const [name, values] of Object.entries(request.headersDistinct ?? single(request.headers))) {
      if (!name.startsWith(':')) headers[name] = (values ?? []).join(',');
    }
    const socket = request.socket as Socket & { getPeerCertificate?: () => { subject?: { CN?: string } } };
    const client = socket.getPeerCertificate?.().subject?.CN;
    return {
      version: this.#params.version,
      method: request.method ?? '',
      path: request.url ?? '',
      host: request.headers.host ?? String(request.headers[':authority'] ?? ''),
      headers,
      connection: this.#connectionOf(request.socket),
      ...(client === undefined ? {} : { clientCertificate: client }),
      protocol: request.httpVersion,
    };
  }

  /** A TLS socket is not the socket that was accepted; it has the same ports. */
  #connectionOf(socket: Socket): number {
    for (const [accepted, number] of this.#connections) if (accepted.remotePort === socket.remotePort) return number;
    return 0;
  }
}

function single(headers: IncomingMessage['headers']): Record<string, string[] | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === undefined ? undefined : [value].flat()]),
  );
}
