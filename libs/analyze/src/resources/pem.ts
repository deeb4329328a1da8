/** Validity of a certificate, in milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;

/**
 * Validity of the first block of a PEM text, or undefined if that is no X.509 certificate. Only the outline of the certificate is read: no
 * signature is checked. Source: RFC 5280 section 4.1, RFC 7468
 */
export function certificateValidity(pem: string): Validity | undefined {
  const [, , body] = block.exec(pem) ?? [];
  const bytes = body === undefined ? undefined : decode(body);
  if (bytes === undefined) return undefined;
  const certificate = element(bytes, 0);
  if (certificate?.tag !== sequence || certificate.end !== bytes.length) return undefined;
  const signed = element(bytes, certificate.start);
  if (signed?.tag !== sequence) return undefined;
  // version (optional), serial number, signature algorithm, issuer, validity
  const fields: Element[] = [];
  for (let at = signed.start; at < signed.end && fields.length < 6;) {
    const field = element(bytes, at);
    if (field === undefined) return undefined;
    fields.push(field);
    at = field.end;
  }
  const validity = fields[fields[0]?.tag === explicitVersion ? 4 : 3];
  if (validity?.tag !== sequence) return undefined;
  const before = element(bytes, validity.start);
  const after = before === undefined ? undefined : element(bytes, before.end);
  const [notBefore, notAfter] = [timeOf(bytes, before), timeOf(bytes, after)];
  return notBefore === undefined || notAfter === undefined ? undefined : { notBefore, notAfter };
}

const sequence = 0x30;
const explicitVersion = 0xa0;
const utcTime = 0x17;
const generalizedTime = 0x18;

interface Element {
  readonly tag: number;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The DER element at an offset; undefined if it leaves the bytes. */
function element(bytes: Uint8Array, at: number): Element | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || first === 0x80) return undefined;
  let length = first < 0x80 ? first : 0;
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + lengthBytes;
  return start + length > bytes.length ? undefined : { tag, start, end: start + length };
}

function timeOf(bytes: Uint8Array, found: Element | undefined): number | undefined {
  if (found === undefined || (found.tag !== utcTime && found.tag !== generalizedTime)) return undefined;
  const text = String.fromCharCode(...bytes.subarray(found.start, found.end));
  const digits = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (digits === null) return undefined;
  const [year, month, day, hour, minute, second] = digits.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Two digits stand for 1950 to 2049: RFC 5280 section 4.1.2.5.1.
  const full = found.tag === generalizedTime ? year : year >= 50 ? 1900 + year : 2000 + year;
  return Date.UTC(full, month - 1, day, hour, minute, second);
}
