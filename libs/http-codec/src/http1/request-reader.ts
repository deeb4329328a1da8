import { CodecError, type RequestHead } from '../exchange.ts';
import type { HeadFields, UnderscorePolicy } from './head-fields.ts';
import type { HeadReader } from './head-reader.ts';
import { latin1 } from './latin1.ts';
import { checkMethod, isAuthority, isAuthorityWithPort, parseAbsoluteTarget } from './target.ts';

/** What decides about a request beside its bytes. */
export interface RequestRules {
  readonly scheme: 'http' | 'https';
  readonly headersWithUnderscores: UnderscorePolicy;
  readonly acceptHttp10: boolean;
  readonly defaultHostForHttp10: string;
  readonly allowAbsoluteUrl: boolean;
  readonly upgrades: ReadonlySet<string> | undefined;
}

/** Makes requests of heads that have been read. */
export class RequestReader {
  readonly #rules: RequestRules;
  /** The last authority that was found right: most connections have one. */
  #authority = '';

  constructor(rules: RequestRules) {
    this.#rules = rules;
  }

  /** Leaves in `fields` what is needed to read on. Throws {@link CodecError}. */
  read(head: HeadReader, fields: HeadFields): RequestHead {
    const { scanner, bytes, start, length } = head;
    const text = latin1(bytes, start, start + length);
    const method = checkMethod(text.slice(0, scanner.methodEnd));
    const target = text.slice(scanner.targetStart, scanner.targetEnd);
    const rules = this.#rules;
    if (scanner.minor === 0 && !rules.acceptHttp10) {
      throw new CodecError('HTTP/1.0', { detail: 'low_version', status: 426 });
    }
    fields.read(scanner, bytes, start, text, rules.headersWithUnderscores);
    const request: RequestHead = {
      method,
      path: target,
      authority: fields.host ?? '',
      scheme: rules.scheme,
      headers: fields.headers,
      version: scanner.minor === 1 ? '1.1' : '1.0',
      expectsContinue: fields.expectsContinue && scanner.minor === 1,
    };
    if (fields.host === undefined) this.#withoutHost(request);
    else this.#checkHost(request.authority);
    if (method === 'CONNECT') connect(request, fields);
    else if (target.charCodeAt(0) !== SLASH) this.#otherTarget(request);
    if (fields.upgrade !== undefined && fields.upgradeOption) this.#upgrade(request, fields);
    if (fields.chunked && scanner.minor === 0) {
      throw new CodecError('transfer-encoding in HTTP/1.0', { detail: 'http1.invalid_transfer_encoding' });
    }
    return request;
  }

  #withoutHost(request: RequestHead): void {
    if (request.version === '1.1') throw new CodecError('no host', { detail: 'missing_host_header' });
    request.authority = this.#rules.defaultHostForHttp10;
  }

  #checkHost(host: string): void {
    if (host === this.#authority) return;
    if (!isAuthority(host)) throw new CodecError('a bad host', { detail: 'http.invalid_authority' });
    this.#authority = host;
  }

  /** `*` or an absolute URL, whose authority counts more than the host field. */
  #otherTarget(request: RequestHead): void {
    if (request.path === '*') {
      if (request.method === 'OPTIONS') return;
      throw invalidUrl();
    }
    if (!this.#rules.allowAbsoluteUrl) throw invalidUrl();
    const { scheme, authority, path } = parseAbsoluteTarget(request.path);
    request.scheme = scheme;
    request.authority = authority;
    request.path = path;
  }

  /** An upgrade beside a body, to HTTP/2, or to what is not allowed is not seen: the request is an ordinary one (RFC 9110, 7.8). */
  #upgrade(request: RequestHead, fields: HeadFields): void {
    const upgrade = fields.upgrade as string;
    const { upgrades } = this.#rules;
    if (request.version === '1.0' || request.method === 'CONNECT' || fields.chunked || fields.contentLength > 0) return;
    const kind = upgrade.toLowerCase();
    if (kind === '' || kind === 'h2c' || (upgrades !== undefined && !upgrades.has(kind))) return;
    request.upgrade = upgrade;
  }
}

const SLASH = 0x2f;

function connect(request: RequestHead, fields: HeadFields): void {
  if (!isAuthorityWithPort(request.path)) throw invalidUrl();
  if (fields.chunked || fields.contentLength > 0) {
    throw new CodecError('CONNECT with a body', { detail: 'http1.body_disallowed' });
  }
  request.authority = request.path;
  request.path = '';
}

function invalidUrl(): CodecError {
  return new CodecError('a bad target', { detail: 'http1.invalid_url' });
}
