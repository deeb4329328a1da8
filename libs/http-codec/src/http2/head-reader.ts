import { HeaderList } from '../headers.ts';
import type { RequestHead, ResponseHead } from '../exchange.ts';
import type { Http2Counters } from './counters.ts';
import { FieldKind, lastPseudoKind } from './hpack/field-kind.ts';
import type { FieldSink } from './hpack/hpack-decoder.ts';
import { isAuthority } from '../http1/target.ts';
import { isMethod, isPath, isScheme } from './pseudo-values.ts';

export interface HeadLimits {
  readonly maxHeadersBytes: number;
  readonly maxHeaderCount: number;
  readonly headersWithUnderscores: 'allow' | 'reject' | 'drop';
  readonly counters: Http2Counters | undefined;
}

/** Value of {@link HeadReader.contentLength} when there is none. */
export const noContentLength = -1;

/**
 * Takes the fields of one header block and makes a head or trailers of them; used again for the next. A block that is malformed, or above the limits, is
 * still read to its end, since the HPACK table depends on it, but nothing of it is kept. Source: RFC 9113, section 8
 */
export class HeadReader implements FieldSink {
  readonly #limits: HeadLimits;
  #names: string[] = [];
  #values: string[] = [];
  #bytes = 0;
  #count = 0;
  #method = '';
  #scheme = '';
  #path = '';
  #authority = '';
  #protocol = '';
  #status = '';
  /** Bit of each pseudo kind that was there. */
  #seen = 0;
  #cookieAt = -1;
  #host: string | undefined;
  #expects = false;
  #goodPath = '';
  #goodAuthority = '';
  /** What makes the message malformed. */
  problem: string | undefined;
  /** Above the limits on bytes or fields. */
  tooLarge = false;
  contentLength = noContentLength;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Before each block. */
  reset(): void {
    this.#names = [];
    this.#values = [];
    this.#bytes = 0;
    this.#count = 0;
    this.#seen = 0;
    this.#protocol = '';
    this.#authority = '';
    this.#scheme = '';
    this.#path = '';
    this.#cookieAt = -1;
    this.#host = undefined;
    this.#expects = false;
    this.problem = undefined;
    this.tooLarge = false;
    this.contentLength = noContentLength;
  }

  onField(name: string, value: string, kind: number): void {
    this.#bytes += name.length + value.length;
    this.#count++;
    if (this.#bytes > this.#limits.maxHeadersBytes || this.#count > this.#limits.maxHeaderCount) {
      this.tooLarge = true;
      return;
    }
    if (kind === FieldKind.regular) {
      this.#names.push(name);
      this.#values.push(value);
    } else if (kind <= lastPseudoKind) {
      this.#pseudo(value, kind);
    } else {
      this.#special(name, value, kind);
    }
  }

  /** After the block; undefined when it is malformed, see {@link problem}. `scheme` is for CONNECT, which has none. */
  request(scheme: string, allowConnect: boolean): RequestHead | undefined {
    if (this.problem !== undefined) return undefined;
    const problem = this.#requestProblem(allowConnect);
    if (problem !== undefined) {
      this.problem = problem;
      return undefined;
    }
    const head: RequestHead = {
      method: this.#method,
      path: this.#path,
      authority: this.#has(FieldKind.authority) ? this.#authority : (this.#host ?? ''),
      scheme: this.#has(FieldKind.scheme) ? this.#scheme : scheme,
      headers: HeaderList.ofChecked(this.#names, this.#values),
      version: '2',
      expectsContinue: this.#expects,
    };
    if (this.#protocol !== '') {
      head.upgrade = this.#protocol;
      head.method = 'GET';
    }
    return head;
  }

  /** After the block; undefined when it is malformed. */
  response(): ResponseHead | undefined {
    if (this.problem === undefined && this.#seen !== 1 << FieldKind.status)
      this.problem = 'response needs :status alone';
    if (this.problem !== undefined) return undefined;
    const status = this.#status;
    const code = status.length === 3 ? Number(status) : 0;
    if (!(code >= 100 && code <= 999) || code === 101) {
      this.problem = 'invalid :status';
      return undefined;
    }
    return { status: code, headers: HeaderList.ofChecked(this.#names, this.#values), version: '2' };
  }

  /** After the block; undefined when it is malformed. */
  trailers(): HeaderList | undefined {
    if (this.problem === undefined && this.#seen !== 0) this.problem = 'pseudo field in trailers';
    return this.problem === undefined ? HeaderList.ofChecked(this.#names, this.#values) : undefined;
  }

  #has(kind: number): boolean {
    return (this.#seen & (1 << kind)) !== 0;
  }

  #requestProblem(allowConnect: boolean): string | undefined {
    if (!this.#has(FieldKind.method)) return 'no :method';
    if (this.#has(FieldKind.status)) return ':status in a request';
    const connect = this.#method === 'CONNECT';
    if (this.#has(FieldKind.protocol)) {
      if (!allowConnect) return 'extended CONNECT is not enabled';
      if (!connect) return ':protocol without CONNECT';
    } else if (connect) {
      if (this.#has(FieldKind.scheme) || this.#has(FieldKind.path)) return 'CONNECT with :scheme or :path';
      if (!this.#has(FieldKind.authority)) return 'CONNECT without :authority';
      return this.#hostProblem();
    }
    if (!this.#has(FieldKind.scheme)) return 'no :scheme';
    if (!this.#has(FieldKind.path)) return 'no :path';
    if (this.#path.charCodeAt(0) !== 0x2f && !(this.#path === '*' && this.#method === 'OPTIONS'))
      return 'invalid :path';
    return this.#hostProblem();
  }

  #hostProblem(): string | undefined {
    if (this.#host === undefined) return undefined;
    if (!this.#has(FieldKind.authority)) return isAuthority(this.#host) ? undefined : 'invalid host';
    return this.#host.toLowerCase() === this.#authority.toLowerCase() ? undefined : 'host differs from :authority';
  }

  #pseudo(value: string, kind: number): void {
    if (this.#names.length > 0 || this.#cookieAt >= 0) this.problem ??= 'pseudo field after a field';
    if (this.#has(kind)) this.problem ??= 'pseudo field twice';
    this.#seen |= 1 << kind;
    let good = true;
    switch (kind) {
      case FieldKind.method:
        this.#method = value;
        good = value === 'GET' || value === 'POST' || isMethod(value);
        break;
      case FieldKind.scheme:
        this.#scheme = value === 'http' || value === 'https' ? value : value.toLowerCase();
        good = value === 'http' || value === 'https' || isScheme(value);
        break;
      case FieldKind.path:
        // The last good one is remembered: the table gives the same string again and again.
        this.#path = value;
        good = value === this.#goodPath || isPath(value);
        if (good) this.#goodPath = value;
        break;
      case FieldKind.authority:
        this.#authority = value;
        good = value === this.#goodAuthority || isAuthority(value);
        if (good) this.#goodAuthority = value;
        break;
      case FieldKind.status:
        this.#status = value;
        break;
      default:
        this.#protocol = value;
        good = isMethod(value);
    }
    if (!good) this.problem ??= 'invalid pseudo field';
  }

  #special(name: string, value: string, kind: number): void {
    switch (kind) {
      case FieldKind.cookie:
        if (this.#cookieAt >= 0) {
          this.#values[this.#cookieAt] = `${this.#values[this.#cookieAt] as string}; ${value}`;
          return;
        }
        this.#cookieAt = this.#names.length;
        break;
      case FieldKind.contentLength:
        if (this.contentLength !== noContentLength) this.problem ??= 'content-length twice';
        this.contentLength = parseLength(value);
        if (this.contentLength < 0) this.problem ??= 'invalid content-length';
        break;
      case FieldKind.te:
        if (value.toLowerCase() !== 'trailers') this.problem ??= 'te other than trailers';
        break;
      case FieldKind.host:
        if (this.#host !== undefined) this.problem ??= 'host twice';
        this.#host = value;
        return;
      case FieldKind.expect:
        this.#expects = value.toLowerCase() === '100-continue';
        break;
      case FieldKind.underscore:
        if (!this.#mayHaveUnderscore()) return;
        break;
      case FieldKind.connectionSpecific:
        this.problem ??= 'field of an HTTP/1 connection';
        return;
      default:
        this.problem ??= 'invalid field';
        return;
    }
    this.#names.push(name);
    this.#values.push(value);
  }

  #mayHaveUnderscore(): boolean {
    const { headersWithUnderscores, counters } = this.#limits;
    if (headersWithUnderscores === 'allow') return true;
    if (headersWithUnderscores === 'drop') {
      if (counters !== undefined) counters.dropped_headers_with_underscores++;
    } else {
      if (counters !== undefined) counters.requests_rejected_with_underscores_in_headers++;
      this.problem ??= 'underscore in a field name';
    }
    return false;
  }
}

/** Digits only, below 2^53; else -2, which is not {@link noContentLength}. */
function parseLength(value: string): number {
  if (value.length === 0 || value.length > 15) return -2;
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -2;
    length = length * 10 + digit;
  }
  return length;
}
