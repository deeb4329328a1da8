/** A field name of RFC 9110 section 5.1: one or more tchar. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function isToken(text: string): boolean {
  return token.test(text);
}

/** Whether a header is the authority: both names stand for the same thing in HTTP/2. */
export function isAuthorityHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === ':authority' || lower === 'host';
}

/** Printable text without line breaks and control characters, which would end a header early (RFC 9110 section 5.5). */
export function isFieldValue(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}

/** `host` or `host:port` without anything that ends an authority (RFC 3986 section 3.2). */
export function isAuthority(text: string): boolean {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:\d{1,5})?$/.test(text);
}

/** A URI reference without spaces and control characters (RFC 3986): what may stand in a Location header or a request line. */
export function isUriText(text: string): boolean {
  return /^[!-~\u0080-\uffff]+$/.test(text);
}
