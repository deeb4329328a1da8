import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and Postgres, so that a test decides when bytes, and the end of a connection, pass. */
export class DatabaseRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #gate: { readonly text: string; readonly reached: () => void; readonly open: Promise<void> } | undefined;
  #joined: { readonly text: string; readonly reached: () => void } | undefined;
  /** A client is not told that the server ended its connection until it sends something. */
  hidesEnds = false;

  private constructor(server: Server, target: URL) {
    this.#server = server.on('connection', (client: Socket) => this.#relay(client));
    this.#target = target;
    this.#port = (server.address() as AddressInfo).port;
  }

  static async open(databaseUrl: string): Promise<DatabaseRelay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseRelay(server, new URL(databaseUrl));
  }

  /** As the database's, through here. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  /** Stops the next query with this text on its way; resolves when it came, with a function that lets it pass. */
  stopQuery(text: string): Promise<() => void> {
    const { promise: open, resolve: pass } = Promise.withResolvers<void>();
    return new Promise((resolve) => {
      this.#gate = { text, open, reached: () => resolve(pass) };
    });
  }

  /** Holds the answer to the next query with this text until the server ends the connection; both then come at once. */
  joinAnswerWithEnd(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#joined = { text, reached: resolve };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    }
    let held: Buffer[] | undefined;
    let ended = false;
    let sending = Promise.resolve();
    client.on('data', (chunk) => {
      if (ended) return void client.destroy();
      if (this.#joined !== undefined && chunk.includes(this.#joined.text)) {
        held = [];
        this.#joined.reached();
        this.#joined = undefined;
      }
      const gate = this.#gate !== undefined && chunk.includes(this.#gate.text) ? this.#gate : undefined;
      if (gate !== undefined) {
        this.#gate = undefined;
        gate.reached();
      }
      sending = sending.then(() => gate?.open).then(() => void server.write(chunk));
    });
    client.on('close', () => server.destroy());
    server.on('data', (chunk) => {
      if (held !== undefined) held.push(chunk);
      else if (!this.hidesEnds) client.write(chunk);
    });
    server.on('close', () => {
      ended = true;
      if (this.hidesEnds) return;
      client.end(Buffer.concat(held ?? []));
    });
  }
}
