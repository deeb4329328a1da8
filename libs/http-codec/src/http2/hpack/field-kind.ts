/** What a field's name means to HTTP/2. Found out once per table entry, so that indexed fields need no look-up. */
export const FieldKind = {
  regular: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  status: 5,
  protocol: 6,
  cookie: 7,
  contentLength: 8,
  te: 9,
  host: 10,
  expect: 11,
  /** Has `_` in its name. */
  underscore: 12,
  /** Belongs to an HTTP/1 connection, and makes a message malformed. Source: RFC 9113, section 8.2.2 */
  connectionSpecific: 13,
  /** A name or value with characters that may not be there, or an unknown pseudo field. */
  invalid: 14,
} as const;

/** The last kind of a pseudo field; they are 1 to this. */
export const lastPseudoKind = FieldKind.protocol;

const byName = new Map<string, number>([
  [':method', FieldKind.method],
  [':scheme', FieldKind.scheme],
  [':path', FieldKind.path],
  [':authority', FieldKind.authority],
  [':status', FieldKind.status],
  [':protocol', FieldKind.protocol],
  ['cookie', FieldKind.cookie],
  ['content-length', FieldKind.contentLength],
  ['te', FieldKind.te],
  ['host', FieldKind.host],
  ['expect', FieldKind.expect],
  ['connection', FieldKind.connectionSpecific],
  ['keep-alive', FieldKind.connectionSpecific],
  ['proxy-connection', FieldKind.connectionSpecific],
  ['transfer-encoding', FieldKind.connectionSpecific],
  ['upgrade', FieldKind.connectionSpecific],
  ['http2-settings', FieldKind.connectionSpecific],
]);

/** Bits of {@link characterClasses}. */
export const CharacterClass = {
  /** Not allowed in a name: upper case, or no token character. */
  badInName: 1,
  /** Not allowed in a value: a control character other than a tab. */
  badInValue: 2,
  underscore: 4,
} as const;

/** By byte. Source: RFC 9113, section 8.2.1, and RFC 9110, section 5.6.2 */
export const characterClasses: Uint8Array = classifyCharacters();

function classifyCharacters(): Uint8Array {
  const classes = new Uint8Array(256);
  const inName = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (let byte = 0; byte < 256; byte++) {
    let bits = inName.includes(String.fromCharCode(byte)) ? 0 : CharacterClass.badInName;
    if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) bits |= CharacterClass.badInValue;
    if (byte === 0x5f) bits |= CharacterClass.underscore;
    classes[byte] = bits;
  }
  return classes;
}

/** Kind of a name, of which `classes` has the bits of all characters. */
export function kindOfName(name: string, classes: number): number {
  const known = byName.get(name);
  if (known !== undefined) return known;
  if (name.length === 0 || (classes & CharacterClass.badInName) !== 0) return FieldKind.invalid;
  return (classes & CharacterClass.underscore) === 0 ? FieldKind.regular : FieldKind.underscore;
}

/** Kind of a name alone. */
export function classifyName(name: string): number {
  let classes = 0;
  for (let i = 0; i < name.length; i++) classes |= characterClasses[name.charCodeAt(i) & 0xff] as number;
  return kindOfName(name, classes);
}
