import { classifyName } from './field-kind.ts';

/** A field of a table. Never changes. */
export interface TableEntry {
  readonly name: string;
  readonly value: string;
  /** Of name and value together: {@link FieldKind.invalid} when either is. */
  readonly kind: number;
  /** Of the name alone. */
  readonly nameKind: number;
  /** What it takes in a dynamic table, as it was sent. */
  readonly bytes: number;
}

/** Source: RFC 7541, appendix A */
// prettier-ignore
const fields: readonly (readonly [name: string, value?: string])[] = [
  [':authority'], [':method', 'GET'], [':method', 'POST'], [':path', '/'], [':path', '/index.html'], [':scheme', 'http'],
  [':scheme', 'https'], [':status', '200'], [':status', '204'], [':status', '206'], [':status', '304'], [':status', '400'],
  [':status', '404'], [':status', '500'], ['accept-charset'], ['accept-encoding', 'gzip, deflate'], ['accept-language'], ['accept-ranges'],
  ['accept'], ['access-control-allow-origin'], ['age'], ['allow'], ['authorization'], ['cache-control'], ['content-disposition'],
  ['content-encoding'], ['content-language'], ['content-length'], ['content-location'], ['content-range'], ['content-type'], ['cookie'],
  ['date'], ['etag'], ['expect'], ['expires'], ['from'], ['host'], ['if-match'], ['if-modified-since'], ['if-none-match'], ['if-range'],
  ['if-unmodified-since'], ['last-modified'], ['link'], ['location'], ['max-forwards'], ['proxy-authenticate'], ['proxy-authorization'],
  ['range'], ['referer'], ['refresh'], ['retry-after'], ['server'], ['set-cookie'], ['strict-transport-security'], ['transfer-encoding'],
  ['user-agent'], ['vary'], ['via'], ['www-authenticate'],
];

/** Indexed from 1, as in the protocol; index 0 is not used and repeats the first entry. */
export const staticTable: readonly TableEntry[] = [fields[0] as [string], ...fields].map(([name, value]) => {
  const kind = classifyName(name);
  return { name, value: value ?? '', kind, nameKind: kind, bytes: 0 };
});

/** Number of entries; the dynamic table begins after it. */
export const staticEntries = 61;
