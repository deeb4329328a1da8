import type { CodecError } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { fieldLines, reasonOf, statusLine } from './head-writer.ts';

const NO_FIELDS = new HeaderList();

/** What a peer gets that breaks the protocol, head and body, as Envoy words it. */
export function errorResponse(error: CodecError, fields: HeaderList = NO_FIELDS): string {
  const body = error.detail === 'missing_host_header' ? '' : reasonOf(error.status);
  const type = body === '' ? '' : 'content-type: text/plain\r\n';
  const framing = `content-length: ${body.length}\r\n${type}${fieldLines(fields, false)}connection: close\r\n\r\n`;
  return statusLine(error.status, 1) + framing + body;
}
