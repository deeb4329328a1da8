import { CodecError } from '../exchange.ts';
import { CR, LF } from './chars.ts';
import { HeadBuffer } from './head-buffer.ts';
import { HeadScanner } from './head-scanner.ts';

/** Heads are counted in bytes as they come, with line ends. */
export interface HeadLimits {
  readonly maxHeadersBytes: number;
  readonly maxHeaderCount: number;
}

/**
 * Reads a head from the chunks of a connection: in place when it is whole in one of them, which is the usual case, else from a buffer that collects it.
 */
export class HeadReader {
  readonly scanner: HeadScanner;
  /** The head is whole: it is in `bytes`, from `start` on, `length` long, until `release`. */
  complete = false;
  bytes: Buffer = NOTHING;
  start = 0;
  length = 0;
  readonly #buffer: HeadBuffer;
  readonly #limit: number;
  #emptyLines = 0;
  #afterCr = false;

  constructor(limits: HeadLimits) {
    this.scanner = new HeadScanner(limits.maxHeaderCount);
    this.#buffer = new HeadBuffer(limits.maxHeadersBytes);
    this.#limit = limits.maxHeadersBytes;
  }

  /** A part of a head has come. */
  get begun(): boolean {
    return this.#buffer.length > 0;
  }

  begin(kind: number): void {
    this.scanner.begin(kind);
    this.complete = false;
    this.#emptyLines = 0;
  }

  /** Skips line ends before a request, and gives where they end. Throws {@link CodecError} when there are many. */
  skipEmptyLines(chunk: Buffer, start: number, end: number): number {
    let p = start;
    while (p < end && (chunk[p] === CR || this.#afterCr)) {
      if (this.#afterCr ? chunk[p] !== LF : ++this.#emptyLines > MAX_EMPTY_LINES) throw strayLines();
      this.#afterCr = !this.#afterCr;
      p++;
    }
    return p;
  }

  /** Reads from `start` on; gives where the head ended, or `end`. Throws {@link CodecError}, 431 when it is too long. */
  read(chunk: Buffer, start: number, end: number): number {
    const buffer = this.#buffer;
    if (buffer.length > 0) return this.#readOn(chunk, start, end);
    const scanEnd = Math.min(end, start + this.#limit);
    const length = this.scanner.scan(chunk, start, scanEnd);
    if (length > 0) return this.#found(chunk, start, length);
    if (scanEnd - start >= this.#limit) throw tooLarge();
    buffer.append(chunk, start, scanEnd);
    return end;
  }

  /** The head is done with; what was collected is given back. */
  release(): void {
    if (this.#buffer.length > 0) this.#buffer.clear();
    this.bytes = NOTHING;
    this.complete = false;
  }

  #readOn(chunk: Buffer, start: number, end: number): number {
    const buffer = this.#buffer;
    const before = buffer.length;
    buffer.append(chunk, start, end);
    const length = this.scanner.scan(buffer.bytes, 0, buffer.length);
    if (length > 0) {
      this.#found(buffer.bytes, 0, length);
      return start + length - before;
    }
    if (buffer.length >= this.#limit) throw tooLarge();
    return end;
  }

  /** Gives where the head ends. */
  #found(bytes: Buffer, start: number, length: number): number {
    this.complete = true;
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    return start + length;
  }
}

/** Empty lines before a request line. Source: RFC 9112, 2.2. */
const MAX_EMPTY_LINES = 4;
const NOTHING = Buffer.alloc(0);

function strayLines(): CodecError {
  return new CodecError('empty lines in place of a request', { detail: 'http1.codec_error' });
}

function tooLarge(): CodecError {
  return new CodecError('a head is too long', { detail: 'http1.headers_too_large', status: 431 });
}
