import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** A request as the application got it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** An HTTP/1.1 application that keeps what it gets, and answers `ok` with the method and path. */
export class RawBackend implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `lenient`: takes what it should refuse, such as lines that end with LF alone, or chunks beside a length. */
  static async start({ lenient = false }: { readonly lenient?: boolean } = {}): Promise<RawBackend> {
    const server = createServer({
      maxHeaderSize: 1_024 * 1_024,
      keepAliveTimeout: 60_000,
      insecureHTTPParser: lenient,
    });
    const backend = new RawBackend(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers, rawHeaders } = request;
        backend.requests.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('latin1') });
        response.end(`ok ${method} ${url}`);
      });
      request.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Gives what came since the last time. */
  take(): readonly ReceivedRequest[] {
    return this.requests.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
