import type { RequestHead } from '../exchange.ts';
import { assertFieldValue } from '../field-text.ts';
import { fieldLines, hostLine, requestLine, statedLength } from './head-writer.ts';
import { SendMode } from './outbound.ts';

/** A request head as it goes out. */
export interface EncodedRequest {
  text: string;
  /** One of {@link SendMode}: how the body is sent. */
  mode: number;
  /** Of the body, when it has a stated length. */
  length: number;
}

/** Used again for every head; read it before the next one is made. */
const encoded: EncodedRequest = { text: '', mode: SendMode.none, length: 0 };
/** Methods whose requests have no body as a rule; no length is stated when there is none. Source: Envoy. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'CONNECT', 'TRACE']);

/** The request asks for a tunnel. */
export function asksForTunnel(request: RequestHead): boolean {
  return request.upgrade !== undefined || request.method === 'CONNECT';
}

/** Makes a request head with its framing: content-length as stated, else chunked when a body follows. Throws a TypeError for what cannot be sent. */
export function encodeRequest(request: RequestHead, endStream: boolean): EncodedRequest {
  const tunnel = asksForTunnel(request);
  const target = request.method === 'CONNECT' ? request.authority : request.path;
  const length = tunnel ? -1 : statedLength(request.headers);
  if (length > 0 && endStream) throw new TypeError('a content-length, but no body');
  let text = requestLine(request.method, target) + hostLine(request.authority) + fieldLines(request.headers, !tunnel);
  encoded.length = length;
  if (tunnel) {
    encoded.mode = SendMode.none;
    if (request.upgrade !== undefined) text += upgradeLines(request.upgrade);
  } else if (length >= 0) {
    encoded.mode = SendMode.length;
  } else if (endStream) {
    encoded.mode = SendMode.none;
    if (!BODILESS.has(request.method)) text += 'content-length: 0\r\n';
  } else {
    encoded.mode = SendMode.chunked;
    text += 'transfer-encoding: chunked\r\n';
  }
  encoded.text = text + '\r\n';
  return encoded;
}

/** Throws a TypeError for what cannot be sent. */
export function upgradeLines(upgrade: string): string {
  assertFieldValue('upgrade', upgrade);
  return `connection: Upgrade\r\nupgrade: ${upgrade}\r\n`;
}
