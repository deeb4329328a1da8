import { CodecError } from '../exchange.ts';
import { CR, HEX, LF, TOKEN, VALUE } from './chars.ts';
import { HeadKind, type HeadScanner } from './head-scanner.ts';
import type { HeadReader } from './head-reader.ts';

/** Takes what a {@link BodyReader} finds. */
export interface BodySink {
  /** Body bytes, with `last` no more; may be empty only then. */
  onBody(chunk: Buffer, last: boolean): void;
  /** The end of a chunked body: the scanner has the trailers that are at `start` of `bytes`. */
  onTrailerFields(scanner: HeadScanner, bytes: Buffer, start: number, length: number): void;
}

const Mode = {
  none: 0,
  length: 1,
  untilClose: 2,
  /** First byte of a chunk's size. */
  sizeStart: 3,
  size: 4,
  extensionStart: 5,
  extensionName: 6,
  valueStart: 7,
  value: 8,
  quoted: 9,
  afterQuoted: 10,
  sizeEnd: 11,
  chunk: 12,
  chunkCr: 13,
  chunkLf: 14,
  trailers: 15,
} as const;

/** Bytes of all chunk extensions of one body, as in llhttp. */
const MAX_EXTENSIONS = 16 * 1024;
/** Hexadecimal digits of a chunk's size: below 2^48. Zeros in front count. */
const MAX_SIZE_DIGITS = 12;
/** What follows the data of the last chunk when there are no trailers. */
const LAST_CHUNK = [0x0d, 0x0a, 0x30, 0x0d, 0x0a, 0x0d, 0x0a];
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const NOTHING = Buffer.alloc(0);

/** Takes bodies apart: by length, chunked, or up to the end of the connection. Without copies and without state of its own but numbers. */
export class BodyReader {
  /** Bytes that are left of the body or of its chunk. */
  remaining = 0;
  readonly #head: HeadReader;
  #mode: number = Mode.none;
  #digits = 0;
  #extensions = 0;

  /** `head` reads trailers. */
  constructor(head: HeadReader) {
    this.#head = head;
  }

  /** A body is being read. */
  get active(): boolean {
    return this.#mode !== Mode.none;
  }

  get byLength(): boolean {
    return this.#mode === Mode.length;
  }

  get untilClose(): boolean {
    return this.#mode === Mode.untilClose;
  }

  /** `length` is above 0. */
  beginLength(length: number): void {
    this.#mode = Mode.length;
    this.remaining = length;
  }

  beginChunked(): void {
    this.#mode = Mode.sizeStart;
    this.#extensions = 0;
  }

  beginUntilClose(): void {
    this.#mode = Mode.untilClose;
  }

  /** Reads nothing more; may be called by the sink. */
  stop(): void {
    this.#mode = Mode.none;
  }

  /** Reads from `start` on; gives where the body ended, or `end`. Throws {@link CodecError}. */
  read(bytes: Buffer, start: number, end: number, sink: BodySink): number {
    if (this.#mode === Mode.length) return this.#readLength(bytes, start, end, sink);
    if (this.#mode === Mode.untilClose) {
      if (end > start) sink.onBody(part(bytes, start, end), false);
      return end;
    }
    return this.#readChunked(bytes, start, end, sink);
  }

  #readLength(bytes: Buffer, start: number, end: number, sink: BodySink): number {
    if (end === start) return end;
    const available = end - start;
    if (available < this.remaining) {
      this.remaining -= available;
      sink.onBody(part(bytes, start, end), false);
      return end;
    }
    const bodyEnd = start + this.remaining;
    this.remaining = 0;
    this.#mode = Mode.none;
    sink.onBody(part(bytes, start, bodyEnd), true);
    return bodyEnd;
  }

  #readChunked(bytes: Buffer, start: number, end: number, sink: BodySink): number {
    let p = start;
    while (p < end) {
      const byte = bytes[p] as number;
      switch (this.#mode) {
        case Mode.sizeStart:
          if (HEX[byte] === 255) throw badChunk('a chunk size is not hexadecimal');
          this.remaining = HEX[byte] as number;
          this.#digits = 1;
          this.#mode = Mode.size;
          p++;
          break;
        case Mode.size:
          this.#readSize(byte);
          p++;
          break;
        case Mode.extensionStart:
        case Mode.extensionName:
        case Mode.valueStart:
        case Mode.value:
        case Mode.quoted:
        case Mode.afterQuoted:
          this.#readExtension(byte);
          p++;
          break;
        case Mode.sizeEnd:
          if (byte !== LF) throw badChunk('CR without LF');
          p++;
          if (this.remaining > 0) {
            this.#mode = Mode.chunk;
          } else {
            this.#mode = Mode.trailers;
            this.#head.begin(HeadKind.trailers);
          }
          break;
        case Mode.chunk:
          p = this.#readChunk(bytes, p, end, sink);
          break;
        case Mode.chunkCr:
          if (byte !== CR) throw badChunk('a chunk is longer than its size');
          this.#mode = Mode.chunkLf;
          p++;
          break;
        case Mode.chunkLf:
          if (byte !== LF) throw badChunk('CR without LF');
          this.#mode = Mode.sizeStart;
          p++;
          break;
        case Mode.trailers:
          return this.#readTrailers(bytes, p, end, sink);
        default:
          return p;
      }
    }
    return p;
  }

  #readSize(byte: number): void {
    const digit = HEX[byte] as number;
    if (digit !== 255) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw badChunk('a chunk size is too large');
      this.remaining = this.remaining * 16 + digit;
    } else if (byte === CR) {
      this.#mode = Mode.sizeEnd;
    } else if (byte === SEMICOLON) {
      this.#mode = Mode.extensionStart;
    } else {
      throw badChunk('a chunk size is not hexadecimal');
    }
  }

  /** One byte of `;name`, `;name=value` or `;name="value"`, which mean nothing to us. */
  #readExtension(byte: number): void {
    if (++this.#extensions > MAX_EXTENSIONS) throw badChunk('chunk extensions are too long', 413);
    const mode = this.#mode;
    if (mode === Mode.quoted) {
      if (byte === QUOTE) this.#mode = Mode.afterQuoted;
      else if (VALUE[byte] === 0 || byte > 0x7e || byte === BACKSLASH) throw badExtension();
    } else if (TOKEN[byte] !== 0) {
      if (mode === Mode.afterQuoted) throw badExtension();
      if (mode === Mode.extensionStart) this.#mode = Mode.extensionName;
      else if (mode === Mode.valueStart) this.#mode = Mode.value;
    } else if (mode === Mode.valueStart && byte === QUOTE) {
      this.#mode = Mode.quoted;
    } else if (mode === Mode.extensionStart || mode === Mode.valueStart) {
      throw badExtension();
    } else if (byte === CR) {
      this.#mode = Mode.sizeEnd;
    } else if (byte === SEMICOLON) {
      this.#mode = Mode.extensionStart;
    } else if (byte === EQUALS && mode === Mode.extensionName) {
      this.#mode = Mode.valueStart;
    } else {
      throw badExtension();
    }
  }

  #readChunk(bytes: Buffer, start: number, end: number, sink: BodySink): number {
    const available = end - start;
    if (available < this.remaining) {
      this.remaining -= available;
      sink.onBody(part(bytes, start, end), false);
      return end;
    }
    const chunkEnd = start + this.remaining;
    this.remaining = 0;
    // The usual end is looked for at once, so that the last bytes of a body are told as the last.
    if (isLastChunk(bytes, chunkEnd, end)) {
      this.#mode = Mode.none;
      sink.onBody(part(bytes, start, chunkEnd), true);
      return chunkEnd + LAST_CHUNK.length;
    }
    this.#mode = Mode.chunkCr;
    sink.onBody(part(bytes, start, chunkEnd), false);
    return chunkEnd;
  }

  #readTrailers(bytes: Buffer, start: number, end: number, sink: BodySink): number {
    const head = this.#head;
    const next = head.read(bytes, start, end);
    if (!head.complete) return next;
    this.#mode = Mode.none;
    if (head.scanner.count === 0) sink.onBody(NOTHING, true);
    else sink.onTrailerFields(head.scanner, head.bytes, head.start, head.length);
    head.release();
    return next;
  }
}

function part(bytes: Buffer, start: number, end: number): Buffer {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

function isLastChunk(bytes: Buffer, at: number, end: number): boolean {
  if (end - at < LAST_CHUNK.length) return false;
  for (let i = 0; i < LAST_CHUNK.length; i++) if (bytes[at + i] !== LAST_CHUNK[i]) return false;
  return true;
}

function badExtension(): CodecError {
  return badChunk('a bad chunk extension');
}

function badChunk(message: string, status = 400): CodecError {
  return new CodecError(message, { detail: 'http1.codec_error', status });
}
