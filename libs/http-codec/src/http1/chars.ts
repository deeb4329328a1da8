/** Tables by byte. Source: RFC 9110 (tokens, field values), RFC 3986 (targets, authorities). */

/** Of a byte that may stand in a token: the byte in lower case; else 0. */
export const TOKEN = new Uint8Array(256);
/** 1 for bytes of field values: visible, blank, tab, and everything above 127. */
export const VALUE = new Uint8Array(256);
/** 1 for bytes of request targets: visible ASCII. */
export const TARGET = new Uint8Array(256);
/** 1 for bytes of an authority without userinfo. */
export const AUTHORITY = new Uint8Array(256);
/** Value of a hexadecimal digit, or 255. */
export const HEX = new Uint8Array(256).fill(255);

for (let c = 0x21; c < 0x7f; c++) {
  const text = String.fromCharCode(c);
  TARGET[c] = 1;
  if (!'"(),/:;<=>?@[\\]{}'.includes(text)) TOKEN[c] = text.toLowerCase().charCodeAt(0);
  if (/[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]/.test(text)) AUTHORITY[c] = 1;
  if (/[0-9A-Fa-f]/.test(text)) HEX[c] = Number.parseInt(text, 16);
}
for (let c = 0x20; c < 0x100; c++) if (c !== 0x7f) VALUE[c] = 1;
VALUE[0x09] = 1;

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;
