import { assertFieldName, assertFieldValue } from '../field-text.ts';
import type { HeaderList } from '../headers.ts';
import { AUTHORITY, TARGET, TOKEN } from './chars.ts';

/*
 * Heads as text. Every part is checked before it is used, so that no part can end a line: what comes from a parser was checked there, lists of fields
 * when fields were put in, and the rest here. A part that cannot be sent is a programmer's error and throws a TypeError.
 */

/** Standard reasons. Source: RFC 9110 and the IANA registry; the words are Envoy's. */
const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
};

/** `HTTP/1.1 200 OK` with its line end, by status. */
const statusLines: (string | undefined)[] = [];

/** Throws for what is no status of three digits. */
export function statusLine(status: number, minor: number): string {
  const known = statusLines[status];
  if (known !== undefined && minor === 1) return known;
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new TypeError(`not a status: ${status}`);
  const line = `HTTP/1.${minor} ${status} ${reasonOf(status)}\r\n`;
  if (minor === 1) statusLines[status] = line;
  return line;
}

export function reasonOf(status: number): string {
  return REASONS[status] ?? 'Unknown';
}

/** `GET /path HTTP/1.1` with its line end. */
export function requestLine(method: string, target: string): string {
  assertMethod(method);
  assertAll(target, TARGET, 'target');
  return `${method} ${target} HTTP/1.1\r\n`;
}

/** The host field's line. */
export function hostLine(authority: string): string {
  for (let i = 0; i < authority.length; i++) {
    const c = authority.charCodeAt(i);
    if (c > 0xff || AUTHORITY[c] === 0) throw new TypeError(`an authority has a forbidden character at ${i}`);
  }
  return `host: ${authority}\r\n`;
}

/** Fields that the codec writes itself, or that belong to another hop; whoever puts them into a list means no harm, but they are not sent. */
const RESERVED = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host', 'http2-settings'],
]);
/** Bit n: a reserved name has n characters, or n modulo 32. */
let reservedLengths = 0;
for (const name of RESERVED) reservedLengths |= 1 << name.length;

/** The lines of the fields, without the blank line; content-length only with `withLength`. */
export function fieldLines(headers: HeaderList, withLength: boolean): string {
  const { names, values } = headers;
  if (!headers.checked) assertFields(names, values);
  let text = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if ((reservedLengths >>> name.length) & 1 && isReserved(name, withLength)) continue;
    text += name + ': ' + values[i] + '\r\n';
  }
  return text;
}

function isReserved(name: string, withLength: boolean): boolean {
  return name === 'content-length' ? !withLength : RESERVED.has(name);
}

/** The content-length that a list of fields states, -1 without one. Throws for one that cannot be sent. */
export function statedLength(headers: HeaderList): number {
  const at = headers.names.indexOf('content-length');
  if (at < 0) return -1;
  const length = digits(headers.values[at] as string);
  if (length < 0 || headers.names.indexOf('content-length', at + 1) >= 0) throw new TypeError('a bad content-length');
  return length;
}

/** Decimal digits only, below 10^15; -1 for other text. */
export function digits(text: string): number {
  if (text.length === 0 || text.length > 15) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function assertFields(names: readonly string[], values: readonly string[]): void {
  if (names.length !== values.length) throw new TypeError('names and values of fields differ in number');
  for (let i = 0; i < names.length; i++) {
    assertFieldName(names[i] as string);
    assertFieldValue(names[i] as string, values[i] as string);
  }
}

function assertMethod(method: string): void {
  if (method === 'GET' || method === 'POST') return;
  assertAll(method, TOKEN, 'method');
}

function assertAll(text: string, table: Uint8Array, what: string): void {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0xff || table[c] === 0) throw new TypeError(`a ${what} has a forbidden character at ${i}`);
  }
  if (text.length === 0) throw new TypeError(`an empty ${what}`);
}
