import { CodecError } from '../exchange.ts';
import { COLON, CR, LF, SPACE, TAB, TARGET, TOKEN, VALUE } from './chars.ts';
import { hashByte } from './field-names.ts';

/** What begins the head. */
export const HeadKind = { request: 0, response: 1, trailers: 2 } as const;

/** Integers that are noted for each field: where its name and value begin and end, and the hash of its name. */
export const FIELD_SIZE = 5;

const Phase = {
  method: 0,
  target: 1,
  version: 2,
  statusVersion: 3,
  status: 4,
  reason: 5,
  startLineEnd: 6,
  lineStart: 7,
  name: 8,
  blank: 9,
  value: 10,
  valueEnd: 11,
  end: 12,
} as const;

const VERSION = 'HTTP/1.';
/** `HTTP/1.1` and CR. */
const VERSION_11 = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e, 0x31, 0x0d];
const MAX_METHOD = 32;

/**
 * Finds and checks the parts of a head in bytes, in one pass, and goes on where it stopped when more bytes have come. It only notes where the parts are;
 * strings are made afterwards, once. Every byte is checked at once, so that what is wrong is told with the byte that is wrong, however the
 * bytes were split. Offsets count from the head's first byte.
 */
export class HeadScanner {
  /** Request: the end of the method, the begin and end of the target. Response: the begin and end of the reason in the last two. */
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** 0 or 1: the minor version. */
  minor = 1;
  status = 0;
  /** Fields found, {@link FIELD_SIZE} integers each. */
  count = 0;
  fields = new Int32Array(FIELD_SIZE * 24);

  readonly #maxFields: number;
  #phase: number = Phase.method;
  #at = 0;
  /** Within a phase: bytes of the version, digits of the status; hash of a name. */
  #progress = 0;

  constructor(maxFields: number) {
    this.#maxFields = maxFields;
  }

  begin(kind: number): void {
    this.#phase =
      kind === HeadKind.request ? Phase.method : kind === HeadKind.response ? Phase.statusVersion : Phase.lineStart;
    this.#at = 0;
    this.#progress = 0;
    this.count = 0;
    this.status = 0;
  }

  /**
   * Reads on. `start` is where the head begins in `bytes`, `end` where they end. Gives the length of the head when it is complete, 0 when more is
   * needed. Throws {@link CodecError}.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let p = start + this.#at;
    let phase = this.#phase;
    if (phase < Phase.lineStart) {
      p = this.#scanStartLine(bytes, start, end);
      phase = this.#phase;
    }
    let fields = this.fields;
    let field = this.count * FIELD_SIZE;
    let hash = this.#progress;
    while (p < end) {
      if (phase === Phase.lineStart) {
        const byte = bytes[p] as number;
        if (byte === CR) {
          phase = Phase.end;
          p++;
          continue;
        }
        if (TOKEN[byte] === 0) throw invalid(byte === LF ? 'a line ends without CR' : 'a field name is not a token');
        if (this.count >= this.#maxFields) throw tooMany();
        if (field + FIELD_SIZE > fields.length) fields = this.#grow();
        fields[field] = p - start;
        hash = 0;
        phase = Phase.name;
      }
      if (phase === Phase.name) {
        let byte = 0;
        let lower = 0;
        while (p < end) {
          byte = bytes[p] as number;
          lower = TOKEN[byte] as number;
          if (lower === 0) break;
          hash = hashByte(hash, lower);
          p++;
        }
        if (p >= end) break;
        if (byte !== COLON) throw invalid('a field name is not a token');
        fields[field + 1] = p - start;
        fields[field + 2] = hash;
        p++;
        phase = Phase.blank;
      }
      if (phase === Phase.blank) {
        while (p < end && (bytes[p] === SPACE || bytes[p] === TAB)) p++;
        if (p >= end) break;
        fields[field + 3] = p - start;
        phase = Phase.value;
      }
      if (phase === Phase.value) {
        while (p < end && VALUE[bytes[p] as number] === 1) p++;
        if (p >= end) break;
        if (bytes[p] !== CR) throw badValue();
        fields[field + 4] = p - start;
        p++;
        phase = Phase.valueEnd;
        if (p >= end) break;
      }
      if (phase === Phase.valueEnd) {
        if (bytes[p] !== LF) throw invalid('CR without LF');
        p++;
        this.count++;
        field += FIELD_SIZE;
        phase = Phase.lineStart;
        continue;
      }
      if (phase === Phase.end) {
        if (bytes[p] !== LF) throw invalid('CR without LF');
        return p + 1 - start;
      }
    }
    this.#phase = phase;
    this.#at = p - start;
    this.#progress = hash;
    return 0;
  }

  /** Gives the position after what it could read; the phase is `lineStart` when the start line is complete. */
  #scanStartLine(bytes: Uint8Array, start: number, end: number): number {
    let p = start + this.#at;
    while (p < end) {
      const byte = bytes[p] as number;
      switch (this.#phase) {
        case Phase.method:
          while (p < end && TOKEN[bytes[p] as number] !== 0) p++;
          if (p - start > MAX_METHOD) throw invalid('a method is too long');
          if (p >= end) break;
          if (bytes[p] !== SPACE || p === start) throw invalid('a method is not a token');
          this.methodEnd = p - start;
          this.targetStart = p - start + 1;
          this.#phase = Phase.target;
          p++;
          break;
        case Phase.target:
          while (p < end && TARGET[bytes[p] as number] === 1) p++;
          if (p >= end) break;
          if (bytes[p] !== SPACE || p - start === this.targetStart) throw invalid('a target has a forbidden character');
          this.targetEnd = p - start;
          this.#progress = 0;
          this.#phase = Phase.version;
          p++;
          if (isHttp11(bytes, p, end)) {
            this.minor = 1;
            this.#phase = Phase.startLineEnd;
            p += VERSION_11.length;
          }
          break;
        case Phase.version:
        case Phase.statusVersion:
          this.#scanVersion(byte);
          p++;
          break;
        case Phase.status:
          p = this.#scanStatus(byte, p, start);
          break;
        case Phase.reason:
          while (p < end && VALUE[bytes[p] as number] === 1) p++;
          if (p >= end) break;
          if (bytes[p] !== CR) throw invalid('a reason has a forbidden character');
          this.targetEnd = p - start;
          this.#phase = Phase.startLineEnd;
          p++;
          break;
        case Phase.startLineEnd:
          if (byte !== LF) throw invalid('CR without LF');
          this.#phase = Phase.lineStart;
          this.#progress = 0;
          return p + 1;
      }
    }
    this.#at = p - start;
    return p;
  }

  /** `HTTP/1.0` or `HTTP/1.1`, then CR after a request's, a blank after a response's. */
  #scanVersion(byte: number): void {
    const at = this.#progress++;
    if (at < VERSION.length) {
      if (byte !== VERSION.charCodeAt(at)) throw invalid('not HTTP/1.0 or HTTP/1.1');
    } else if (at === VERSION.length) {
      if (byte !== 0x30 && byte !== 0x31) throw invalid('not HTTP/1.0 or HTTP/1.1');
      this.minor = byte - 0x30;
    } else if (this.#phase === Phase.version) {
      if (byte !== CR) throw invalid('something follows the version');
      this.#phase = Phase.startLineEnd;
    } else {
      if (byte !== SPACE) throw invalid('no status');
      this.#progress = 0;
      this.#phase = Phase.status;
    }
  }

  /** Three digits, then a blank and the reason, which may both be absent. */
  #scanStatus(byte: number, p: number, start: number): number {
    if (this.#progress < 3) {
      if (byte < 0x30 || byte > 0x39) throw invalid('a status is not three digits');
      this.status = this.status * 10 + byte - 0x30;
      this.#progress++;
      return p + 1;
    }
    if (this.status < 100) throw invalid('a status is below 100');
    this.targetStart = p - start + 1;
    this.targetEnd = this.targetStart;
    if (byte === CR) this.#phase = Phase.startLineEnd;
    else if (byte === SPACE) this.#phase = Phase.reason;
    else throw invalid('a status is not three digits');
    return p + 1;
  }

  #grow(): Int32Array<ArrayBuffer> {
    const fields = new Int32Array(this.fields.length * 2);
    fields.set(this.fields);
    this.fields = fields;
    return fields;
  }
}

/** The usual end of a request line is there in one piece. */
function isHttp11(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < VERSION_11.length) return false;
  for (let i = 0; i < VERSION_11.length; i++) if (bytes[at + i] !== VERSION_11[i]) return false;
  return true;
}

function invalid(message: string): CodecError {
  return new CodecError(message, { detail: 'http1.codec_error' });
}

function badValue(): CodecError {
  return new CodecError('a field value has a forbidden character', { detail: 'http1.invalid_characters' });
}

function tooMany(): CodecError {
  return new CodecError('too many fields', { detail: 'http1.too_many_headers', status: 431 });
}
