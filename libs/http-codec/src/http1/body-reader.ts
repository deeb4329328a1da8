import { CodecError } from '../exchange.ts';
import { CR, HEX, LF } from './chars.ts';
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
  extension: 5,
  sizeEnd: 6,
  chunk: 7,
  chunkCr: 8,
  chunkLf: 9,
  trailers: 10,
} as const;

/** Bytes of all chunk extensions of one body, as in llhttp. */
const MAX_EXTENSIONS = 16 * 1024;
/** Hexadecimal digits of a chunk's size: below 2^48. Zeros in front count. */
const MAX_SIZE_DIGITS = 12;
/** What follows the data of the last chunk when there are no trailers. */
const LAST_CHUNK = [0x0d, 0x0a, 0x30, 0x0d, 0x0a, 0x0d, 0x0a];
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
        case Mode.extension:
          p = this.#readExtension(bytes, p, end);
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
    } else if (byte === 0x3b) {
      this.#mode = Mode.extension;
    } else {
      throw badChunk('a chunk size is not hexadecimal');
    }
  }

  #readExtension(bytes: Buffer, start: number, end: number): number {
    let p = start;
    while (p < end && isExtensionByte(bytes[p] as number)) p++;
    this.#extensions += p - start;
    if (this.#extensions > MAX_EXTENSIONS) throw badChunk('chunk extensions are too long', 413);
    if (p === end) return p;
    if (bytes[p] !== CR) throw badChunk('a chunk extension has a forbidden character');
    this.#mode = Mode.sizeEnd;
    return p + 1;
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

/** Visible ASCII, blanks and tabs; extensions are not interpreted. */
function isExtensionByte(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09;
}

function badChunk(message: string, status = 400): CodecError {
  return new CodecError(message, { detail: 'http1.codec_error', status });
}
