import type { CodecError } from '../exchange.ts';
import { reasonOf, statusLine } from './head-writer.ts';

/** What a peer gets that breaks the protocol: head and body. */
export function errorResponse(error: CodecError): string {
  const body = error.status === 426 ? '' : reasonOf(error.status);
  const type = body === '' ? '' : 'content-type: text/plain\r\n';
  return `${statusLine(error.status, 1)}content-length: ${body.length}\r\n${type}connection: close\r\n\r\n${body}`;
}
