import { CodecError } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { SPACE, TAB, TOKEN } from './chars.ts';
import { FieldKind, findName, kindAt, nameAt } from './field-names.ts';
import { FIELD_SIZE, type HeadScanner } from './head-scanner.ts';
import { digits } from './head-writer.ts';

export type UnderscorePolicy = 'allow' | 'reject' | 'drop';

/** Names in `connection`; more is no honest peer. */
const MAX_NOMINATED = 16;
/** Naming these in `connection` would take away what others decide by. */
const NEVER_NOMINATED = new Set(['host', 'content-length', 'transfer-encoding']);
/** Naming these is refused: the next hop decides by them. Source: Envoy's connection header sanitization. */
const REFUSED_NOMINATED = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'authorization',
  'cookie',
]);

/**
 * The fields of a head, apart: those for whoever handles the message, and what the codec needs to know. One object is used again for every head,
 * except for `headers`.
 */
export class HeadFields {
  headers = new HeaderList();
  /** -1: none. */
  contentLength = -1;
  /** `transfer-encoding: chunked`. */
  chunked = false;
  host: string | undefined;
  close = false;
  keepAlive = false;
  /** `connection: upgrade`. */
  upgradeOption = false;
  upgrade: string | undefined;
  expectsContinue = false;
  /** `te: trailers` is among the fields. */
  #trailers = false;
  #nominated: string[] | undefined;

  /**
   * Takes the fields that `scanner` has found in the head at `start` of `bytes`; `text` is the head. Throws {@link CodecError} when they contradict each
   * other.
   */
  read(scanner: HeadScanner, bytes: Uint8Array, start: number, text: string, underscores: UnderscorePolicy): void {
    this.#clear();
    const names: string[] = [];
    const values: string[] = [];
    const fields = scanner.fields;
    const end = scanner.count * FIELD_SIZE;
    for (let field = 0; field < end; field += FIELD_SIZE) {
      const slot = findName(
        bytes,
        start + (fields[field] as number),
        start + (fields[field + 1] as number),
        fields[field + 2] as number,
      );
      const from = fields[field + 3] as number;
      let to = fields[field + 4] as number;
      while (to > from && isBlank(bytes[start + to - 1] as number)) to--;
      const value = text.slice(from, to);
      const kind = kindAt(slot);
      if (kind !== FieldKind.ordinary) {
        if (kind === FieldKind.transferEncoding && text.charCodeAt(to) === TAB) throw invalid('a tab after chunked');
        if (!this.#special(kind, value, underscores)) continue;
      }
      names.push(nameAt(slot));
      values.push(value);
    }
    if (this.#trailers && !names.includes('te')) {
      names.push('te');
      values.push('trailers');
    }
    this.headers = HeaderList.ofChecked(names, values);
    if (this.chunked && this.contentLength >= 0) {
      throw new CodecError('both content-length and transfer-encoding', {
        detail: 'http1.content_length_and_chunked_not_allowed',
      });
    }
    if (this.#nominated !== undefined) this.#removeNominated(this.#nominated);
  }

  #clear(): void {
    this.contentLength = -1;
    this.chunked = false;
    this.host = undefined;
    this.close = false;
    this.keepAlive = false;
    this.upgradeOption = false;
    this.upgrade = undefined;
    this.expectsContinue = false;
    this.#trailers = false;
    this.#nominated = undefined;
  }

  /** False: the field is not for the handler. */
  #special(kind: number, value: string, underscores: UnderscorePolicy): boolean {
    switch (kind) {
      case FieldKind.host:
        if (this.host !== undefined) throw invalid('two host fields');
        this.host = value;
        return false;
      case FieldKind.contentLength:
        if (this.contentLength >= 0) throw invalid('two content-length fields');
        this.contentLength = parseContentLength(value);
        return true;
      case FieldKind.transferEncoding:
        if (this.chunked || value.toLowerCase() !== 'chunked') {
          throw new CodecError('a transfer-encoding other than chunked', {
            detail: 'http1.invalid_transfer_encoding',
            status: 501,
          });
        }
        this.chunked = true;
        return false;
      case FieldKind.connection:
        this.#readConnection(value);
        return false;
      case FieldKind.upgrade:
        this.upgrade = this.upgrade === undefined ? value : `${this.upgrade},${value}`;
        return false;
      case FieldKind.expect:
        if (value.toLowerCase() === '100-continue') this.expectsContinue = true;
        return true;
      case FieldKind.te:
        return this.#readTe(value);
      case FieldKind.hop:
        return false;
      default:
        if (underscores === 'allow') return true;
        if (underscores === 'drop') return false;
        throw new CodecError('a field name has an underscore', { detail: 'http1.unexpected_underscore' });
    }
  }

  /** Of what a client takes only trailers go on; Envoy too knows them by small letters alone. True: the field as it is says just that, for the first time. */
  #readTe(value: string): boolean {
    const first = value === 'trailers' && !this.#trailers;
    this.#trailers ||= value.split(',').some((part) => trimBlanks(part, 0, part.length) === 'trailers');
    return first;
  }

  #readConnection(value: string): void {
    if (value === 'keep-alive' || value === 'Keep-Alive') {
      this.keepAlive = true;
      return;
    }
    if (value === 'close') {
      this.close = true;
      return;
    }
    let from = 0;
    while (from <= value.length) {
      const comma = value.indexOf(',', from);
      const to = comma < 0 ? value.length : comma;
      this.#readOption(trimBlanks(value, from, to).toLowerCase());
      from = to + 1;
    }
  }

  #readOption(option: string): void {
    if (option === '') return;
    if (option === 'close') this.close = true;
    else if (option === 'keep-alive') this.keepAlive = true;
    else if (option === 'upgrade') this.upgradeOption = true;
    else {
      const nominated = (this.#nominated ??= []);
      nominated.push(option);
      if (nominated.length > MAX_NOMINATED || !isToken(option) || REFUSED_NOMINATED.has(option)) {
        throw new CodecError('a connection field with odd options', { detail: 'http1.connection_header_rejected' });
      }
    }
  }

  #removeNominated(nominated: readonly string[]): void {
    for (const name of nominated) {
      if (name === 'te' && this.headers.get('te') === 'trailers') continue;
      if (!NEVER_NOMINATED.has(name)) this.headers.remove(name);
    }
  }
}

function parseContentLength(value: string): number {
  const length = digits(value);
  if (length < 0) throw invalid('a bad content-length');
  return length;
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] === 0) return false;
  return true;
}

/** The part of `text` without blanks and tabs around it. */
export function trimBlanks(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function invalid(message: string): CodecError {
  return new CodecError(message, { detail: 'http1.codec_error' });
}
