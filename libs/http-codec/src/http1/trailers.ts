import { CodecError } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { FIELD_SIZE, type HeadScanner } from './head-scanner.ts';
import { latin1 } from './latin1.ts';
import { trimBlanks } from './head-fields.ts';
import { FieldKind, findName, kindAt, nameAt } from './field-names.ts';

/** Fields that mean something only before a body. Source: RFC 9110, 6.5.1. */
const DROPPED = new Set([
  ...['authorization', 'cache-control', 'content-encoding', 'content-range', 'content-type', 'cookie', 'expect'],
  ...['max-forwards', 'pragma', 'proxy-authenticate', 'proxy-authorization', 'range', 'set-cookie', 'trailer'],
  ...['www-authenticate'],
]);

/** Fields that decide about the message or the connection: two parsers might disagree about whether they count. */
const REFUSED: ReadonlySet<number> = new Set([
  ...[FieldKind.contentLength, FieldKind.transferEncoding, FieldKind.host, FieldKind.connection],
]);

/** Makes trailers of what the scanner found. Fields of framing and routing are refused, others that do not belong there are left out. Throws {@link CodecError}. */
export function readTrailers(scanner: HeadScanner, bytes: Buffer, start: number, length: number): HeaderList {
  const text = latin1(bytes, start, start + length);
  const names: string[] = [];
  const values: string[] = [];
  const { fields, count } = scanner;
  for (let field = 0; field < count * FIELD_SIZE; field += FIELD_SIZE) {
    const slot = findName(
      bytes,
      start + (fields[field] as number),
      start + (fields[field + 1] as number),
      fields[field + 2] as number,
    );
    const name = nameAt(slot);
    const kind = kindAt(slot);
    if (REFUSED.has(kind)) {
      throw new CodecError('a trailer that decides about the message', { detail: 'http1.codec_error' });
    }
    if ((kind !== FieldKind.ordinary && kind !== FieldKind.underscore) || DROPPED.has(name)) continue;
    names.push(name);
    values.push(trimBlanks(text, fields[field + 3] as number, fields[field + 4] as number));
  }
  return HeaderList.ofChecked(names, values);
}
