import type { FloodGuard } from './flood-guard.ts';
import { defaultWindow, maxFrameBytes } from './frame-type.ts';
import type { Output } from './output.ts';

/** A stream as the sender sees it. */
export interface SendingStream {
  readonly id: number;
  /** Bytes that the peer takes of this stream. */
  sendWindow: number;
  /** Sends at most one frame of what waits, and leaves the sender when nothing waits for the connection any more. @returns whether it did anything. */
  sendSome(): boolean;
}

/** Shares the connection's window and its transport between streams: at once where there is room, else in turn, a frame each. */
export class Sender {
  readonly #output: Output;
  readonly #guard: FloodGuard;
  /** Streams that wait for the connection or the transport, not for their own window. */
  readonly #waiting = new Set<SendingStream>();
  #sending = false;
  /** Bytes that the peer takes in all. */
  window = defaultWindow;

  constructor(output: Output, guard: FloodGuard) {
    this.#output = output;
    this.#guard = guard;
  }

  get blocked(): boolean {
    return this.#output.full;
  }

  /**
   * Sends `chunk` from `from` on, up to `limit` frames, as far as there is room.
   * @returns where it stopped; -1 when all, and the end if it was asked for, is sent.
   */
  send(
    stream: SendingStream,
    chunk: Uint8Array,
    from: number,
    endStream: boolean,
    limit = Number.POSITIVE_INFINITY,
  ): number {
    const total = chunk.length;
    let at = from;
    for (let frames = 0; frames < limit; frames++) {
      const rest = total - at;
      if (rest === 0 && !endStream) return -1;
      let count = rest;
      if (rest > 0) {
        if (this.#output.full) return at;
        count = Math.min(rest, maxFrameBytes, this.window, stream.sendWindow);
        if (count <= 0) return at;
      }
      const last = count === rest;
      this.#output.data(stream.id, chunk, at, count, last && endStream);
      this.#guard.dataFrames++;
      this.window -= count;
      stream.sendWindow -= count;
      at += count;
      if (last) return -1;
    }
    return at;
  }

  /** The stream is asked by {@link SendingStream.sendSome} when there is room. */
  wait(stream: SendingStream): void {
    this.#waiting.add(stream);
  }

  leave(stream: SendingStream): void {
    this.#waiting.delete(stream);
  }

  /** There may be room again. */
  sendWaiting(): void {
    if (this.#sending) return;
    this.#sending = true;
    try {
      let moved = true;
      while (moved && this.#waiting.size > 0) {
        moved = false;
        for (const stream of this.#waiting) {
          if (this.#output.full) return;
          if (stream.sendSome()) moved = true;
        }
      }
    } finally {
      this.#sending = false;
    }
  }
}
