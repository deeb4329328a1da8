import { connect, type Socket } from 'node:net';
import { frame, frameTypes, hello, readFrames, uint32, type ReceivedFrame } from './h2-frames.ts';

/** A client of raw frames. It acknowledges settings, and opens windows when told. */
export class RawH2Client implements Disposable {
  readonly frames: ReceivedFrame[] = [];
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  closed = false;
  #error: Error | undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', (error) => (this.#error = error));
    this.send(hello);
  }

  /** Why the connection broke, if it did. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** False when the kernel has no more room. */
  send(...parts: readonly Buffer[]): boolean {
    return !this.closed && this.#socket.writable && this.#socket.write(Buffer.concat(parts));
  }

  /** Resolves when what was sent has left, or the connection is closed. Fails when neither comes within 15 s. */
  async drained(): Promise<void> {
    const until = performance.now() + 15_000;
    while (!this.closed && this.#socket.writableLength > 0) {
      if (performance.now() > until) throw new Error(`the proxy neither reads nor closes; GOAWAY: ${this.goaway}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Nothing is read any more: windows and buffers fill up. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Code of the GOAWAY that came; undefined without one. */
  get goaway(): number | undefined {
    return this.frames.find(({ type }) => type === frameTypes.goaway)?.payload.readUInt32BE(4);
  }

  openWindow(stream: number, bytes: number): void {
    this.send(frame(frameTypes.windowUpdate, 0, stream, uint32(bytes)));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const { frames, rest } = readFrames(Buffer.concat([this.#rest, chunk]));
    this.#rest = Buffer.from(rest);
    this.frames.push(...frames);
    const settings = frames.some(({ type, flags }) => type === frameTypes.settings && flags === 0);
    if (settings) this.send(frame(frameTypes.settings, 1, 0));
  }
}
