import type { Socket } from 'node:net';
import type { Transport, TransportReader } from '../src/transport.ts';

/** A socket as a transport; for specs. */
export class SocketTransport implements Transport {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.#socket.destroyed) return false;
    return typeof bytes === 'string' ? this.#socket.write(bytes, 'latin1') : this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Everything that the socket tells goes to `reader`. */
  readBy(reader: TransportReader): void {
    let failure: Error | undefined;
    this.#socket.on('data', (chunk: Buffer) => reader.onBytes(chunk));
    this.#socket.on('end', () => reader.onEnd());
    this.#socket.on('drain', () => reader.onDrain());
    this.#socket.on('error', (error) => (failure = error));
    this.#socket.on('close', () => reader.onClose(failure));
  }
}
