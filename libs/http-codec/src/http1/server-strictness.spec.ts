import { describe, expect, it } from 'vitest';
import { fieldText, responseHead, TestServer } from '../../test/http1/fixtures.ts';
import type { Http1ServerOptions } from './options.ts';

const HOST = 'Host: a.test\r\n';
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

function serve(input: string, options: Partial<Http1ServerOptions> = {}): TestServer {
  const server = new TestServer(options);
  server.answer = ({ exchange, received }) => {
    if (exchange.endStream) exchange.sendHead(responseHead(200), true);
    else received.onEnd = () => exchange.sendHead(responseHead(200), true);
  };
  server.transport.receive(input);
  return server;
}

describe('a server refuses', () => {
  it.each([
    ['no host', `GET / HTTP/1.1\r\n\r\n`, 400, 'missing_host_header'],
    ['two hosts', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400, 'http1.codec_error'],
    ['a host with a path', `GET / HTTP/1.1\r\nHost: a/b\r\n\r\n`, 400, 'http.invalid_authority'],
    ['a host with userinfo', `GET / HTTP/1.1\r\nHost: u@b\r\n\r\n`, 400, 'http.invalid_authority'],
    ['a host with a bad port', `GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n`, 400, 'http.invalid_authority'],
    ['a host with an open bracket', `GET / HTTP/1.1\r\nHost: [::1\r\n\r\n`, 400, 'http.invalid_authority'],
    ['an unknown method', `FOO / HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.codec_error'],
    ['a method in lower case', `get / HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.codec_error'],
    ['TLS', '\x16\x03\x01\x00\xa5', 400, 'http1.codec_error'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'http1.codec_error'],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n`, 400, 'http1.codec_error'],
    ['HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}\r\n`, 426, 'low_version'],
    ['two blanks', `GET  / HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.codec_error'],
    ['a byte above 127 in a target', `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.codec_error'],
    ['a relative target', `GET a HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.invalid_url'],
    ['* in GET', `GET * HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.invalid_url'],
    ['another scheme', `GET ftp://a/ HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.invalid_scheme'],
    ['userinfo in a target', `GET http://u@a/ HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.invalid_url'],
    ['CONNECT without a port', `CONNECT a HTTP/1.1\r\n${HOST}\r\n`, 400, 'http1.invalid_url'],
    ['CONNECT with a body', `CONNECT a:1 HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\n`, 400, 'http1.body_disallowed'],
    ['LF alone', `GET / HTTP/1.1\nHost: a\n\n`, 400, 'http1.codec_error'],
    ['LF alone after a field', `GET / HTTP/1.1\r\nHost: a\n\r\n`, 400, 'http1.invalid_characters'],
    ['CR alone', `GET / HTTP/1.1\r\n${HOST}A: b\rC: d\r\n\r\n`, 400, 'http1.codec_error'],
    ['a folded field', `GET / HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`, 400, 'http1.codec_error'],
    ['a folded first field', `GET / HTTP/1.1\r\n ${HOST}\r\n`, 400, 'http1.codec_error'],
    ['a blank before the colon', `GET / HTTP/1.1\r\n${HOST}A : b\r\n\r\n`, 400, 'http1.codec_error'],
    ['a field without colon', `GET / HTTP/1.1\r\n${HOST}A\r\n\r\n`, 400, 'http1.codec_error'],
    ['a field without name', `GET / HTTP/1.1\r\n${HOST}: b\r\n\r\n`, 400, 'http1.codec_error'],
    ['NUL in a value', `GET / HTTP/1.1\r\n${HOST}A: b\0c\r\n\r\n`, 400, 'http1.invalid_characters'],
    ['DEL in a value', `GET / HTTP/1.1\r\n${HOST}A: b\x7f\r\n\r\n`, 400, 'http1.invalid_characters'],
    [
      'length and chunks',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      undefined,
    ],
    ['two lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 3\r\n\r\n`, 400, undefined],
    ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 3, 3\r\n\r\n`, 400, undefined],
    ['a signed length', `POST / HTTP/1.1\r\n${HOST}Content-Length: +3\r\n\r\n`, 400, undefined],
    ['an empty length', `POST / HTTP/1.1\r\n${HOST}Content-Length: \r\n\r\n`, 400, undefined],
    ['a huge length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 9999999999999999\r\n\r\n`, 400, undefined],
    ['chunked twice', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, chunked\r\n\r\n`, 501, undefined],
    ['chunked in two fields', `${CHUNKED.slice(0, -2)}Transfer-Encoding: chunked\r\n\r\n`, 501, undefined],
    ['another encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501, undefined],
    ['an encoding like chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\xa0\r\n\r\n`, 501, undefined],
    [
      'a forbidden option',
      `GET / HTTP/1.1\r\n${HOST}Connection: x-forwarded-for\r\n\r\n`,
      400,
      'http1.connection_header_rejected',
    ],
    ['a chunk size of no digits', `${CHUNKED}\r\nabc`, 400, undefined],
    ['a chunk size like 0x3', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`, 400, undefined],
    ['a blank after a chunk size', `${CHUNKED}3 \r\nabc\r\n0\r\n\r\n`, 400, undefined],
    ['a huge chunk size', `${CHUNKED}1000000000000\r\n`, 400, undefined],
    ['LF after a chunk size', `${CHUNKED}3\nabc\r\n0\r\n\r\n`, 400, undefined],
    ['LF in an extension', `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`, 400, undefined],
    ['a chunk longer than its size', `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`, 400, undefined],
    ['a long extension', `${CHUNKED}3;${'a'.repeat(17_000)}\r\nabc\r\n0\r\n\r\n`, 413, undefined],
    ['a length in trailers', `${CHUNKED}3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n`, 400, undefined],
    ['a folded trailer', `${CHUNKED}3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n`, 400, undefined],
    ['large trailers', `${CHUNKED}0\r\n${'a'.repeat(62_000)}`, 431, undefined],
    ['101 fields', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(101)}\r\n`, 431, 'http1.too_many_headers'],
    ['a large head', `GET / HTTP/1.1\r\n${HOST}A: ${'b'.repeat(61_440)}\r\n\r\n`, 431, 'http1.headers_too_large'],
    ['a long target', `GET /${'a'.repeat(61_440)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'http1.headers_too_large'],
    ['many empty lines', `${'\r\n'.repeat(5)}GET / HTTP/1.1\r\n${HOST}\r\n`, 400, undefined],
  ])('%s', (_name, input, status, detail) => {
    const server = serve(input);
    expect(server.errors).toHaveLength(1);
    if (detail !== undefined) expect(server.errors[0]?.detail).toBe(detail);
    const answer = server.transport.take();
    expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(answer).toContain('connection: close\r\n');
    expect(server.transport.ended).toBe(true);
    expect(server.closing).toBe(1);
    // Nothing after it is looked at.
    const before = server.requests.length;
    server.transport.receive(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    expect(server.requests).toHaveLength(before);
    expect(server.transport.take()).toBe('');
  });

  it('what follows a good request, and answers that first', () => {
    const server = serve(`GET / HTTP/1.1\r\n${HOST}\r\n\x01garbage`);
    expect(server.transport.take()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*HTTP\/1\.1 400 Bad Request\r\n/);
  });

  it('names with underscores when it is told to', () => {
    const input = `GET / HTTP/1.1\r\n${HOST}A_B: c\r\nD: e\r\n\r\n`;
    expect(fieldText(serve(input).last.head.headers)).toBe('a_b=c;d=e');
    expect(fieldText(serve(input, { headersWithUnderscores: 'drop' }).last.head.headers)).toBe('d=e');
    expect(serve(input, { headersWithUnderscores: 'reject' }).errors[0]?.detail).toBe('http1.unexpected_underscore');
  });

  it('absolute targets when it is told to', () => {
    const server = serve(`GET http://b.test/ HTTP/1.1\r\n${HOST}\r\n`, { allowAbsoluteUrl: false });
    expect(server.errors[0]?.detail).toBe('http1.invalid_url');
  });

  it('transfer-encoding in HTTP/1.0', () => {
    const input = `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(serve(input, { acceptHttp10: true }).errors).toHaveLength(1);
  });

  it('with fields of its owner in the answer', () => {
    const errorFields = () => responseHead(400, ['date', 'today'], ['server', 'malla']).headers;
    expect(serve('\0', { errorFields }).transport.take()).toBe(
      'HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text/plain\r\ndate: today\r\nserver: malla\r\n' +
        'connection: close\r\n\r\nBad Request',
    );
  });
});

describe('a server takes', () => {
  it.each([
    ['a path', `GET /a?b HTTP/1.1\r\n${HOST}\r\n`, { path: '/a?b', authority: 'a.test', scheme: 'http' }],
    ['an empty line first', `\r\nGET / HTTP/1.1\r\n${HOST}\r\n`, { path: '/' }],
    ['an empty host', `GET / HTTP/1.1\r\nHost:\r\n\r\n`, { authority: '' }],
    ['an address', `GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n`, { authority: '[::1]:80' }],
    [
      'an absolute target',
      `GET HTTPS://b.test:1/c HTTP/1.1\r\n${HOST}\r\n`,
      { path: '/c', authority: 'b.test:1', scheme: 'https' },
    ],
    ['one without a path', `GET http://b.test?c HTTP/1.1\r\n${HOST}\r\n`, { path: '/?c', authority: 'b.test' }],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, { path: '*', method: 'OPTIONS' }],
    ['a chunk extension', `${CHUNKED}3;a=b;c="d";e\r\nabc\r\n0\r\n\r\n`, { method: 'POST' }],
  ])('%s', (_name, input, expected) => {
    const server = serve(input);
    expect(server.errors).toEqual([]);
    expect(server.last.head).toMatchObject(expected);
    expect(server.last.received.ended).toBe(true);
  });

  it('fields, without those of the hop', () => {
    const { last } = serve(
      `GET / HTTP/1.1\r\n${HOST}A: b \t\r\nConnection: keep-alive, x-hop\r\nKeep-Alive: 3\r\nX-Hop: 1\r\nProxy-Connection: close\r\n` +
        'TE: gzip\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nA:\r\nC: \xe4\r\n\r\n',
    );
    expect(fieldText(last.head.headers)).toBe('a=b;te=trailers;a=;c=\xe4');
    expect(last.head.upgrade).toBeUndefined();
  });

  it('HTTP/1.0 without host when it is told to', () => {
    const server = serve('GET / HTTP/1.0\r\n\r\n', { acceptHttp10: true, defaultHostForHttp10: 'default.test' });
    expect(server.last.head).toMatchObject({ version: '1.0', authority: 'default.test' });
    expect(server.transport.ended).toBe(true);
  });

  it('an upgrade only where it may', () => {
    const input = (fields: string): string => `GET / HTTP/1.1\r\n${HOST}Upgrade: WebSocket\r\n${fields}\r\n`;
    expect(serve(input('Connection: Upgrade\r\n')).last.head.upgrade).toBe('WebSocket');
    expect(serve(input('')).last.head.upgrade).toBeUndefined();
    expect(serve(input('Connection: upgrade\r\nContent-Length: 1\r\n')).last.head.upgrade).toBeUndefined();
    const only = { upgrades: new Set(['foo']) };
    expect(serve(input('Connection: upgrade\r\n'), only).last.head.upgrade).toBeUndefined();
  });
});
