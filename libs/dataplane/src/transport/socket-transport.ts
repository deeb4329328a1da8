import { writeSync, writevSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Transport, TransportReader } from '@malla/http-codec';
import type { Counter } from '../runtime/instruments.ts';
import { isBorrowed, join, readBuffer } from './read-buffer.ts';
import { recordGatherer, type RecordReceiver } from './record-gatherer.ts';

export interface SocketTransportParams {
  /** Connected, with `allowHalfOpen`, and for TLS with its handshake done. Nobody else listens to it or reads it. */
  readonly socket: Socket;
  readonly tls: boolean;
  /** More than this waiting to be sent: `write` gives false. In bytes. */
  readonly highWaterBytes: number;
}

/**
 * A socket, plain or TLS, as a transport. Whoever makes it routes reads to {@link received} (`onread`, or `readDirectly`). It holds bytes back until
 * {@link start}.
 */
export class SocketTransport implements Transport, RecordReceiver {
  readonly #socket: Socket;
  readonly #tls: boolean;
  readonly #highWaterBytes: number;
  #reader: TransportReader | undefined;
  #rx: Counter | undefined;
  #tx: Counter | undefined;
  #paused = false;
  /** The sending side is over. */
  #ended = false;
  #blocked = false;
  /** Bytes that came while nobody wanted them: before `start`, or in spite of a pause (TLS has decrypted them already). */
  #held: Buffer[] | undefined;
  #peerEnded = false;
  #peerEndTold = false;
  #closed = false;
  #error: Error | undefined;

  constructor({ socket, tls, highWaterBytes }: SocketTransportParams) {
    this.#socket = socket;
    this.#tls = tls;
    // Below the stream's own mark there would be no 'drain'.
    this.#highWaterBytes = Math.max(highWaterBytes, socket.writableHighWaterMark);
    (socket as OwnedSocket)[owner] = this;
    socket.on('end', onEnd);
    socket.on('drain', onDrain);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  /** Begins to deliver. `first` are bytes that were read before the transport was made. */
  start(reader: TransportReader, first?: Buffer): void {
    this.#reader = reader;
    if (first !== undefined && first.length > 0) this.#held = [first, ...(this.#held ?? [])];
    if (this.#held !== undefined || this.#peerEnded || this.#closed) this.#deliverHeld();
  }

  /** Counts bytes of the connection, from now on; for statistics such as `downstream_cx_rx_bytes_total`. */
  countBytes(received: Counter | undefined, sent: Counter | undefined): void {
    this.#rx = received;
    this.#tx = sent;
  }

  write(bytes: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (this.#ended || bytes.length === 0) return !this.#blocked;
    this.#tx?.inc(bytes.length);
    if (typeof bytes === 'string') this.#writeText(bytes);
    else if (isBorrowed(bytes)) this.#writeBorrowed(bytes);
    else socket.write(bytes);
    return this.#hasRoom();
  }

  /**
   * One write of the kernel instead of up to three. What is small is copied; so is everything over TLS, where each write would also be a record that waits for
   * the one before.
   */
  writeTogether(before: string, bytes: Uint8Array, after: string): boolean {
    if (this.#ended) return !this.#blocked;
    if (this.#socket.writableLength > 0) return this.#writeLater(before, bytes, after);
    if (this.#tls || bytes.length <= mostCopied) {
      const joined = join(before, bytes, after);
      return joined === undefined ? this.#writeLater(before, bytes, after) : this.write(joined);
    }
    const parts = [Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')];
    this.#tx?.inc(before.length + bytes.length + after.length);
    let written = writeNow(this.#socket, parts);
    for (const part of parts) {
      if (written < part.length) this.#socket.write(Buffer.from(part.subarray(written)));
      written = Math.max(0, written - part.length);
    }
    return this.#hasRoom();
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.end();
  }

  destroy(): void {
    // The goodbye of TLS leaves at once if nothing is before it: peers take an end without it for an error.
    if (this.#tls && !this.#ended && this.#socket.writableLength === 0) this.#socket.end();
    this.#ended = true;
    recordGatherer.drop(this);
    this.#socket.destroy();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    // Not at once: whoever resumes is in the middle of something.
    if (this.#held !== undefined || this.#peerEnded) process.nextTick(deliverHeld, this);
  }

  /** The first `length` bytes of {@link readBuffer} are from this socket. */
  received(length: number): void {
    this.#rx?.inc(length);
    if (this.#tls) recordGatherer.take(this, length);
    else this.deliver(readBuffer.subarray(0, length));
  }

  /** Bytes of this socket, in a buffer that is used again afterwards. */
  deliver(bytes: Buffer): void {
    if (this.#reader === undefined || this.#paused || this.#held !== undefined) {
      (this.#held ??= []).push(Buffer.from(bytes));
      return;
    }
    try {
      this.#reader.onBytes(bytes);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** The peer has ended. Events of the socket come by this and the next three. */
  onPeerEnd(): void {
    recordGatherer.flush();
    this.#peerEnded = true;
    if (this.#reader !== undefined && this.#held === undefined && !this.#paused) this.#tellEnd();
  }

  onSocketDrain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    try {
      this.#reader?.onDrain();
    } catch (error) {
      this.#fault(error);
    }
  }

  onSocketError(error: Error): void {
    this.#error ??= error;
  }

  onSocketClose(): void {
    recordGatherer.flush();
    this.#closed = true;
    this.#ended = true;
    if (this.#reader !== undefined) this.#tellClose();
  }

  /** Delivers what was held, as far as nobody pauses; then the end, and the close. */
  deliverHeld(): void {
    this.#deliverHeld();
  }

  #deliverHeld(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    while (this.#held !== undefined && !this.#paused && !this.#closed) {
      const chunk = this.#held.shift();
      if (this.#held.length === 0) this.#held = undefined;
      try {
        if (chunk !== undefined) reader.onBytes(chunk);
      } catch (error) {
        this.#fault(error);
      }
    }
    if (this.#closed) this.#tellClose();
    else if (this.#held === undefined && this.#peerEnded && !this.#paused) this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#peerEndTold || this.#closed) return;
    this.#peerEndTold = true;
    try {
      this.#reader?.onEnd();
    } catch (error) {
      this.#fault(error);
    }
  }

  #tellClose(): void {
    const reader = this.#reader;
    this.#held = undefined;
    this.#reader = silent;
    try {
      reader?.onClose(this.#error);
    } catch (error) {
      reportFault(error);
    }
  }

  /** Text by way of a buffer: a write of text by the stream makes one too, and more beside it. */
  #writeText(text: string): void {
    const bytes = this.#socket.writableLength === 0 ? join(text, nothing, '') : undefined;
    if (bytes === undefined) this.#socket.write(text, 'latin1');
    else this.#writeBorrowed(bytes);
  }

  /** Behind what waits already. */
  #writeLater(before: string, bytes: Uint8Array, after: string): boolean {
    if (bytes.length <= mostCopied) {
      return this.write(Buffer.concat([Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')]));
    }
    this.write(before);
    this.write(bytes);
    return this.write(after);
  }

  #hasRoom(): boolean {
    if (this.#socket.writableLength <= this.#highWaterBytes) return true;
    this.#blocked = true;
    return false;
  }

  /**
   * Bytes of the read buffer must not be kept. The kernel takes all of them in most cases: what it leaves is copied, and the stream, which sees to it
   * that it is sent later, has nothing to do otherwise. TLS encrypts (or copies) before `write` returns, unless an earlier write waits.
   */
  #writeBorrowed(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket.writableLength > 0) socket.write(Buffer.from(bytes));
    else if (this.#tls) socket.write(bytes);
    else {
      const written = writeNow(socket, [bytes]);
      if (written < bytes.length) socket.write(Buffer.from(bytes.subarray(written)));
    }
  }

  /** A reader has thrown: a bug, which costs this connection and no other. */
  #fault(error: unknown): void {
    reportFault(error);
    this.#error ??= error instanceof Error ? error : new Error('reader failed', { cause: error });
    this.destroy();
  }
}

/** Bytes up to which one copy is cheaper than a write of several pieces. */
const mostCopied = 8 * 1024;
const nothing = new Uint8Array(0);

/** Told of exceptions that readers throw; the worker logs them. */
export type FaultListener = (error: unknown) => void;

let faultListener: FaultListener | undefined;

/** Sets who is told of exceptions of readers, for the whole thread. */
export function onTransportFault(listener: FaultListener): void {
  faultListener = listener;
}

/** Tells of an exception that costs one connection only. */
export function reportFault(error: unknown): void {
  faultListener?.(error);
}

/** How many bytes the kernel has taken; 0 too when the socket is broken, which the stream's own write will find out. */
function writeNow(socket: Socket, parts: readonly Uint8Array[]): number {
  // A closed handle has no descriptor: never a number that something else has by now.
  const fd = (socket as Descriptor)._handle?.fd ?? -1;
  if (fd < 0) return 0;
  try {
    return parts.length === 1 ? writeSync(fd, parts[0] as Uint8Array) : writevSync(fd, parts);
  } catch {
    return 0;
  }
}

const owner = Symbol('transport');

type OwnedSocket = Socket & { [owner]?: SocketTransport };
type Descriptor = Socket & { readonly _handle?: { readonly fd?: number } | null };

const silent: TransportReader = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

// Shared by all sockets, so that a connection needs no closures.
function onEnd(this: OwnedSocket): void {
  this[owner]?.onPeerEnd();
}

function onDrain(this: OwnedSocket): void {
  this[owner]?.onSocketDrain();
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner]?.onSocketError(error);
}

function onClose(this: OwnedSocket): void {
  this[owner]?.onSocketClose();
}

function deliverHeld(transport: SocketTransport): void {
  transport.deliverHeld();
}
