import { CodecError, type ResponseHead } from '../exchange.ts';
import type { Http1ClientExchange } from './client-exchange.ts';
import type { HeadFields } from './head-fields.ts';
import type { HeadReader } from './head-reader.ts';
import { latin1 } from './latin1.ts';

/** How the message of a response head ends. */
export const ResponseBody = { none: 0, length: 1, chunked: 2, untilClose: 3, tunnel: 4 } as const;

/** Makes a response of a head that has been read; leaves in `fields` what is needed to read on. Throws {@link CodecError}. */
export function readResponse(head: HeadReader, fields: HeadFields): ResponseHead {
  const { scanner, bytes, start, length } = head;
  fields.read(scanner, bytes, start, latin1(bytes, start, start + length), 'allow');
  const { status, minor } = scanner;
  if (status < 200 || status === 204) checkBodiless(fields);
  if (fields.chunked && minor === 0)
    throw invalid('transfer-encoding in HTTP/1.0', 'http1.transfer_encoding_not_allowed');
  const response: ResponseHead = { status, headers: fields.headers, version: minor === 1 ? '1.1' : '1.0' };
  if (status === 101 && fields.upgrade !== undefined) response.upgrade = fields.upgrade;
  return response;
}

/** One of {@link ResponseBody}; `status` is final, or 101. Throws {@link CodecError} for a tunnel that was not asked for. */
export function bodyOf(status: number, fields: HeadFields, exchange: Http1ClientExchange): number {
  if (status === 101) {
    if (!exchange.upgrade) throw invalid('101 to a request without upgrade', 'http1.codec_error');
    return ResponseBody.tunnel;
  }
  if (exchange.connect && status < 300) return ResponseBody.tunnel;
  if (exchange.bodiless || status === 204 || status === 304) return ResponseBody.none;
  if (fields.chunked) return ResponseBody.chunked;
  if (fields.contentLength === 0) return ResponseBody.none;
  return fields.contentLength > 0 ? ResponseBody.length : ResponseBody.untilClose;
}

function checkBodiless(fields: HeadFields): void {
  if (fields.chunked) throw invalid('transfer-encoding in 1xx or 204', 'http1.transfer_encoding_not_allowed');
  if (fields.contentLength > 0) throw invalid('content-length in 1xx or 204', 'http1.content_length_not_allowed');
  if (fields.contentLength === 0) fields.headers.remove('content-length');
}

function invalid(message: string, detail: string): CodecError {
  return new CodecError(message, { detail });
}
