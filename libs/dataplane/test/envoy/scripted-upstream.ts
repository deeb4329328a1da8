import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An upstream that answers by a script, and remembers what it got. */
export class ScriptedUpstream {
  movedAt = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #received: string[] = [];

  /** @param respond gets all bytes since the last answer; undefined: not yet. An answer that ends with `CLOSE` ends the connection. */
  constructor(respond: (request: string) => string | undefined) {
    this.#server = createServer((socket) => this.#serve(socket, respond));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The requests since the last time. */
  take(): string[] {
    const received = this.#received;
    this.#received = [];
    return received;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket, respond: (request: string) => string | undefined): void {
    let bytes = '';
    let entry = -1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      this.movedAt = Date.now();
      const text = chunk.toString('latin1');
      if (bytes === '') entry = this.#received.push('') - 1;
      bytes += text;
      this.#received[entry] = (this.#received[entry] ?? '') + text;
      const answer = respond(bytes);
      if (answer === undefined) return;
      bytes = '';
      const close = answer.endsWith('CLOSE');
      socket.write(close ? answer.slice(0, -'CLOSE'.length) : answer, 'latin1');
      if (close) socket.end();
    });
  }
}
