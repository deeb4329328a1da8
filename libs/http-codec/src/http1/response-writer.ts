import type { RequestHead, ResponseHead } from '../exchange.ts';
import { fieldLines, statedLength, statusLine } from './head-writer.ts';
import { SendMode } from './outbound.ts';
import { upgradeLines } from './request-writer.ts';

/** A response head as it goes out. */
export interface EncodedHead {
  text: string;
  /** One of {@link SendMode}: how the body is sent. */
  mode: number;
  /** Of the body, when it has a stated length. */
  length: number;
  /** The connection's end ends the body. */
  closes: boolean;
}

/** Used again for every head; read it before the next one is made. */
const encoded: EncodedHead = { text: '', mode: SendMode.none, length: 0, closes: false };

/**
 * Makes a response head with its framing, as Envoy does: content-length as stated, else 0 when nothing follows, else chunked; none for 1xx and 204; HTTP/1.0
 * has no chunks. Throws a TypeError for what cannot be sent.
 */
export function encodeResponse(
  request: RequestHead,
  response: ResponseHead,
  endStream: boolean,
  close: boolean,
): EncodedHead {
  const { status } = response;
  const old = request.version === '1.0';
  const tunnel = isTunnel(request, status);
  const withLength = !tunnel && status !== 204;
  const length = withLength ? statedLength(response.headers) : -1;
  const bodiless = request.method === 'HEAD' || status === 304 || status === 204;
  if (length > 0 && endStream && !bodiless) throw new TypeError('a content-length, but no body');
  let text = statusLine(status, old ? 0 : 1) + fieldLines(response.headers, withLength);
  encoded.length = length;
  encoded.closes = false;
  if (tunnel) {
    encoded.mode = SendMode.raw;
    if (status === 101) text += upgradeLines(response.upgrade ?? (request.upgrade as string));
  } else if (length >= 0) {
    encoded.mode = bodiless ? SendMode.none : SendMode.length;
  } else if (status === 204 || status === 304) {
    encoded.mode = SendMode.none;
  } else if (endStream && request.method !== 'HEAD') {
    encoded.mode = SendMode.none;
    text += 'content-length: 0\r\n';
  } else if (old) {
    encoded.mode = bodiless ? SendMode.none : SendMode.raw;
    encoded.closes = !bodiless;
  } else {
    encoded.mode = bodiless ? SendMode.none : SendMode.chunked;
    text += 'transfer-encoding: chunked\r\n';
  }
  if (close || encoded.closes) text += 'connection: close\r\n';
  else if (old && !tunnel) text += 'connection: keep-alive\r\n';
  encoded.text = text + '\r\n';
  return encoded;
}

/** A 1xx head. Throws a TypeError for what cannot be sent. */
export function encodeInterim({ status, headers }: ResponseHead): string {
  if (status === 101 || status >= 200) throw new TypeError(`not an interim status: ${status}`);
  return `${statusLine(status, 1)}${fieldLines(headers, false)}\r\n`;
}

/** Bytes follow this head in both directions. */
export function isTunnel(request: RequestHead, status: number): boolean {
  if (status === 101) return true;
  return request.method === 'CONNECT' && status >= 200 && status < 300;
}
