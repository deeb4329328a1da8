/** Bytes that two parsers could read as different requests. */
export interface SmugglingCase {
  readonly name: string;
  readonly bytes: string;
  /** The proxy may also forward it, in the one reading that everybody shares; `/smuggled` must never arrive. Default: it must refuse. */
  readonly mayForward?: boolean;
}

const hidden = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (fields: string, body: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;
const chunkedHidden = `0\r\n\r\n${hidden}`;

/** CL.TE, TE.CL, TE.TE, CL.0, chunk syntax, line ends, white space and the rest. Source: RFC 9112 section 11.2, and the corpora that grew around it. */
export const smugglingCases: readonly SmugglingCase[] = [
  {
    name: 'CL.TE',
    bytes: post(`Content-Length: ${chunkedHidden.length}\r\nTransfer-Encoding: chunked`, chunkedHidden),
  },
  {
    name: 'TE.CL',
    bytes: post(
      'Transfer-Encoding: chunked\r\nContent-Length: 4',
      `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    ),
  },
  { name: 'two lengths', bytes: post(`Content-Length: 0\r\nContent-Length: ${hidden.length}`, hidden) },
  { name: 'two equal lengths', bytes: post('Content-Length: 5\r\nContent-Length: 5', 'hello'), mayForward: true },
  { name: 'a list of lengths', bytes: post(`Content-Length: 0, ${hidden.length}`, hidden) },
  { name: 'a signed length', bytes: post('Content-Length: +5', 'hello') },
  { name: 'a negative length', bytes: post('Content-Length: -1', hidden) },
  { name: 'a hexadecimal length', bytes: post('Content-Length: 0x5', 'hello') },
  { name: 'a length with white space inside', bytes: post('Content-Length: 1 0', 'hello') },
  { name: 'an empty length', bytes: post('Content-Length: ', hidden) },
  { name: 'a length that overflows', bytes: post('Content-Length: 18446744073709551617', hidden) },
  { name: 'TE with another coding last', bytes: post('Transfer-Encoding: chunked, identity', chunkedHidden) },
  { name: 'TE twice', bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', chunkedHidden) },
  { name: 'TE xchunked', bytes: post('Transfer-Encoding: xchunked', chunkedHidden) },
  { name: 'TE with a vertical tab', bytes: post('Transfer-Encoding: \x0bchunked', chunkedHidden) },
  { name: 'TE quoted', bytes: post('Transfer-Encoding: "chunked"', chunkedHidden) },
  {
    name: 'TE behind a space before the colon',
    bytes: post(`Content-Length: ${chunkedHidden.length}\r\nTransfer-Encoding : chunked`, chunkedHidden),
  },
  {
    name: 'TE in a folded line',
    bytes: post(`Content-Length: ${chunkedHidden.length}\r\nX: y\r\n Transfer-Encoding: chunked`, chunkedHidden),
  },
  { name: 'TE in HTTP/1.0', bytes: `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedHidden}` },
  {
    name: 'a field that begins with white space',
    bytes: `GET / HTTP/1.1\r\n Host: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  },
  { name: 'a NUL in a value', bytes: post('X: a\0b\r\nContent-Length: 0', '') },
  { name: 'a bare CR in a value', bytes: post('X: a\rContent-Length: 0', '') },
  { name: 'bare line feeds', bytes: `POST / HTTP/1.1\nHost: a\nContent-Length: ${hidden.length}\n\n${hidden}` },
  { name: 'a bare line feed between fields', bytes: `POST / HTTP/1.1\r\nHost: a\nContent-Length: 0\r\n\r\n` },
  { name: 'a chunk size with a sign', bytes: post('Transfer-Encoding: chunked', `+0\r\n\r\n${hidden}`) },
  { name: 'a chunk size with 0x', bytes: post('Transfer-Encoding: chunked', `0x0\r\n\r\n${hidden}`) },
  { name: 'a chunk size that overflows', bytes: post('Transfer-Encoding: chunked', `10000000000000000\r\n${hidden}`) },
  { name: 'an empty chunk size', bytes: post('Transfer-Encoding: chunked', `\r\n\r\n${hidden}`) },
  { name: 'a chunk that is longer than it says', bytes: post('Transfer-Encoding: chunked', `3\r\nhello\r\n0\r\n\r\n`) },
  { name: 'a chunk size behind a bare line feed', bytes: post('Transfer-Encoding: chunked', `5\nhello\r\n0\r\n\r\n`) },
  {
    name: 'a chunk extension with a line feed',
    bytes: post('Transfer-Encoding: chunked', `5;a\nb\r\nhello\r\n0\r\n\r\n`),
  },
  { name: 'a bare CR behind a chunk', bytes: post('Transfer-Encoding: chunked', `5\r\nhello\r0\r\n\r\n`) },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'two Hosts', bytes: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' },
  { name: 'a method with a colon', bytes: `GE:T / HTTP/1.1\r\nHost: a\r\n\r\n` },
  { name: 'HTTP/1.2 with two spaces', bytes: `GET  / HTTP/1.1\r\nHost: a\r\n\r\n` },
  { name: 'a tab in the request line', bytes: `GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n` },
  { name: 'a version of three digits', bytes: `GET / HTTP/1.10\r\nHost: a\r\n\r\n` },
  { name: 'a line feed in the target', bytes: `GET /a\nb HTTP/1.1\r\nHost: a\r\n\r\n` },
  {
    name: 'GET with a body',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    mayForward: true,
  },
  {
    name: 'connection names the length',
    bytes: post(`Connection: close, Content-Length\r\nContent-Length: ${hidden.length}`, hidden),
    mayForward: true,
  },
  {
    name: 'trailers that frame',
    bytes: post('Transfer-Encoding: chunked', `0\r\nContent-Length: ${hidden.length}\r\n\r\n`),
    mayForward: true,
  },
];
