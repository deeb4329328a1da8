import { CodecError } from '../exchange.ts';
import { AUTHORITY } from './chars.ts';

/** Methods that llhttp and Envoy know; others are refused. The value is the same text, so that one string stands for each. */
const METHODS: ReadonlyMap<string, string> = new Map(
  [
    ...['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'],
    ...[
      'ACL',
      'BIND',
      'CHECKOUT',
      'COPY',
      'LINK',
      'LOCK',
      'M-SEARCH',
      'MERGE',
      'MKACTIVITY',
      'MKCALENDAR',
      'MKCOL',
      'MOVE',
    ],
    ...[
      'NOTIFY',
      'PROPFIND',
      'PROPPATCH',
      'PURGE',
      'QUERY',
      'REBIND',
      'REPORT',
      'SEARCH',
      'SOURCE',
      'SUBSCRIBE',
      'UNBIND',
    ],
    ...['UNLINK', 'UNLOCK', 'UNSUBSCRIBE'],
  ].map((method) => [method, method]),
);

/** Gives the one string that stands for the method. Throws {@link CodecError}. */
export function checkMethod(method: string): string {
  if (method === 'GET') return 'GET';
  const known = METHODS.get(method);
  if (known === undefined) throw new CodecError('an unknown method', { detail: 'http1.codec_error' });
  return known;
}

/** A target that is neither a path nor `*`: `http://authority/path`. */
export interface AbsoluteTarget {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/** Throws {@link CodecError} for what is no absolute http or https URL, or has userinfo. */
export function parseAbsoluteTarget(target: string): AbsoluteTarget {
  const colon = target.indexOf('://');
  if (colon < 0) throw invalidUrl();
  const scheme = target.slice(0, colon).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') throw invalidUrl('http1.invalid_scheme');
  const start = colon + 3;
  let end = start;
  while (end < target.length && !isDelimiter(target.charCodeAt(end))) end++;
  const authority = target.slice(start, end);
  if (authority === '' || !isAuthority(authority)) throw invalidUrl();
  const rest = target.slice(end);
  return { scheme, authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** A host, of a name or an address, with or without a port; may be empty. */
export function isAuthority(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0xff || AUTHORITY[c] === 0) return false;
  }
  return text.charCodeAt(0) === OPEN_BRACKET ? isBracketed(text) : isNameAndPort(text);
}

/** The form of CONNECT's target: a port is needed. */
export function isAuthorityWithPort(text: string): boolean {
  if (!isAuthority(text)) return false;
  const colon = text.lastIndexOf(':');
  return colon > 0 && colon < text.length - 1 && text.charCodeAt(colon - 1) !== 0x3a;
}

const OPEN_BRACKET = 0x5b;

function isNameAndPort(text: string): boolean {
  const colon = text.indexOf(':');
  if (text.includes('[') || text.includes(']')) return false;
  return colon < 0 || (colon > 0 && isPort(text, colon + 1));
}

function isBracketed(text: string): boolean {
  const close = text.indexOf(']');
  if (close < 2 || text.indexOf('[', 1) >= 0 || text.indexOf(']', close + 1) >= 0) return false;
  return close === text.length - 1 || (text.charCodeAt(close + 1) === 0x3a && isPort(text, close + 2));
}

/** Digits to the end, up to five; none is allowed (RFC 3986). */
function isPort(text: string, start: number): boolean {
  if (text.length - start > 5) return false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x30 || c > 0x39) return false;
  }
  return true;
}

/** `/` or `?` */
function isDelimiter(c: number): boolean {
  return c === 0x2f || c === 0x3f;
}

function invalidUrl(detail = 'http1.invalid_url'): CodecError {
  return new CodecError('a target is no http URL', { detail });
}
