import type { Socket } from 'node:net';
import { reportFault } from '../transport/socket-transport.ts';

export interface AwaitedBytesHandler {
  /** More bytes are there. */
  onBytes(): void;
  /** No more will come. */
  onEnd(): void;
}

const none: Buffer = Buffer.alloc(0);

/** The first bytes of an accepted socket, read to be looked at and then replayed to whoever reads it next. */
export class AwaitedBytes {
  readonly #socket: Socket;
  #bytes = none;
  #handler: AwaitedBytesHandler | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Somebody waits. */
  get awaited(): boolean {
    return this.#handler !== undefined;
  }

  /** All that has come so far. */
  take(): Buffer {
    for (;;) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk === null) return this.#bytes;
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    }
  }

  wait(handler: AwaitedBytesHandler): void {
    this.#handler = handler;
    this.#socket.on('readable', this.#onReadable);
    this.#socket.on('end', this.#onEnd);
  }

  /** The socket is free for another reader. */
  stop(): void {
    if (this.#handler === undefined) return;
    this.#handler = undefined;
    this.#socket.off('readable', this.#onReadable);
    this.#socket.off('end', this.#onEnd);
  }

  /** Puts the bytes back, for a reader that uses the stream (TLS). */
  putBack(): void {
    const bytes = this.take();
    this.#bytes = none;
    if (bytes.length > 0) this.#socket.unshift(bytes);
  }

  readonly #onReadable = (): void => this.#guarded(() => this.#handler?.onBytes());

  readonly #onEnd = (): void => this.#guarded(() => this.#handler?.onEnd());

  /** Events of a socket have no caller: a fault ends this connection, and not the thread. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      reportFault(error);
      this.stop();
      this.#socket.destroy();
    }
  }
}
