import type { HeaderList } from '../headers.ts';
import type { Transport } from '../transport.ts';
import { atEndOfTurn, type TurnTask } from '../turn.ts';
import { fieldLines } from './head-writer.ts';
import { latin1, writeLatin1 } from './latin1.ts';

/** How a message that is sent ends. */
export const SendMode = {
  /** No message is being sent. */
  idle: 0,
  /** It has no body; what is given is dropped (responses to HEAD). */
  none: 1,
  length: 2,
  chunked: 3,
  /** Bytes as they are: up to the connection's end, or a tunnel. */
  raw: 4,
} as const;

/**
 * Where the transport does not put messages together itself: bodies and chunks up to this size leave in one buffer with what is before and after them; larger ones as they are, in writes of their own. Measured on
 * loopback: at 4 KiB one copied write costs 0.8 of two (0.7 of a chunk's three), at 16 KiB twice as much, because such buffers are not pooled.
 */
const COPY_LIMIT = 8 * 1024;
/** Pieces up to this size wait for the end of the turn, so that many small ones leave together; up to so much in all. */
const HOLD_PIECE = 1024;
const HOLD_LIMIT = 16 * 1024;

const LAST_CHUNK = '\r\n0\r\n\r\n';

/** The sending half of an HTTP/1 connection: heads, frames of bodies, and as few writes as can be. */
export class Outbound implements TurnTask {
  /** The transport has said that it has enough, and not yet that it may go on. */
  blocked = false;
  mode: number = SendMode.idle;
  readonly #transport: Transport;
  readonly #limit: number;
  /** Text that waits for more, or for the end of the turn. */
  #held = '';
  #inLine = false;
  /** Bytes of a body by length that are still to come. */
  #remaining = 0;

  /** `limit`: bytes that the transport may have waiting; more is an overflow. */
  constructor(transport: Transport, limit: number) {
    this.#transport = transport;
    this.#limit = limit;
  }

  get overflowing(): boolean {
    return this.blocked && this.#transport.bufferedBytes > this.#limit;
  }

  /** A body by length has bytes to come. */
  get unfinished(): boolean {
    return this.mode === SendMode.length && this.#remaining > 0;
  }

  /** Writes a head after which nothing follows: an interim response, or one with `end`. */
  sendWhole(head: string): void {
    this.#write(this.#take(head));
    this.mode = SendMode.idle;
  }

  /** Holds a head back until its body, or the end of the turn. `length` is only of SendMode.length. */
  begin(head: string, mode: number, length: number): void {
    this.mode = mode;
    this.#remaining = length;
    this.#hold(head);
  }

  /** False: stop until the transport drains. The caller has checked by {@link fits} that a body by length is neither too long nor too short. */
  send(chunk: Uint8Array, end: boolean): boolean {
    switch (this.mode) {
      case SendMode.length:
        this.#remaining -= chunk.length;
        this.#writeParts('', chunk, '', end);
        break;
      case SendMode.chunked:
        this.#sendChunk(chunk, end);
        break;
      case SendMode.raw:
        this.#writeParts('', chunk, '', end);
        break;
      default:
        break;
    }
    if (end) this.flush();
    if (end) this.mode = SendMode.idle;
    return !this.blocked;
  }

  /** A body by length: there is room for `bytes` more, and with `end` they fill it. */
  fits(bytes: number, end: boolean): boolean {
    if (this.mode !== SendMode.length) return true;
    return end ? bytes === this.#remaining : bytes <= this.#remaining;
  }

  /** Ends a chunked body with trailers; the caller has seen to it that it is one. */
  sendTrailers(trailers: HeaderList): void {
    this.#write(this.#take(`0\r\n${fieldLines(trailers, false)}\r\n`));
    this.mode = SendMode.idle;
  }

  flush(): void {
    if (this.#held !== '') this.#write(this.#take(''));
  }

  /** Forgets what is held back. */
  drop(): void {
    this.#held = '';
    this.mode = SendMode.idle;
  }

  onEndOfTurn(): void {
    this.#inLine = false;
    this.flush();
  }

  onTurnFault(): void {
    this.drop();
    this.#transport.destroy();
  }

  #hold(text: string): void {
    this.#held += text;
    if (this.#inLine) return;
    this.#inLine = true;
    atEndOfTurn(this);
  }

  #take(text: string): string {
    const held = this.#held;
    if (held === '') return text;
    this.#held = '';
    return held + text;
  }

  #sendChunk(chunk: Uint8Array, end: boolean): void {
    if (chunk.length > 0) this.#writeParts(`${chunk.length.toString(16)}\r\n`, chunk, end ? LAST_CHUNK : '\r\n', end);
    else if (end) this.#write(this.#take('0\r\n\r\n'));
  }

  /** Writes what is held, then the parts; or holds them too when they are small and more will follow. */
  #writeParts(before: string, chunk: Uint8Array, after: string, end: boolean): void {
    if (chunk.length === 0) return;
    if (!end && chunk.length <= HOLD_PIECE && this.#held.length < HOLD_LIMIT) {
      this.#hold(before + latin1(chunk, 0, chunk.length) + after);
      return;
    }
    const head = this.#take(before);
    if (head === '' && after === '') {
      this.#write(chunk);
    } else if (this.#transport.writeTogether !== undefined) {
      if (!this.#transport.writeTogether(head, chunk, after)) this.blocked = true;
    } else if (chunk.length <= COPY_LIMIT) {
      const whole = Buffer.allocUnsafe(head.length + chunk.length + after.length);
      writeLatin1(whole, head, 0);
      whole.set(chunk, head.length);
      if (after !== '') writeLatin1(whole, after, head.length + chunk.length);
      this.#write(whole);
    } else {
      this.#write(head);
      this.#write(chunk);
      this.#write(after);
    }
  }

  #write(bytes: Uint8Array | string): void {
    if (bytes.length > 0 && !this.#transport.write(bytes)) this.blocked = true;
  }
}
