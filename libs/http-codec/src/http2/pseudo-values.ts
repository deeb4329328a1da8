const token = charset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
const scheme = charset('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** A token; not empty. Source: RFC 9110, section 5.6.2 */
export function isMethod(value: string): boolean {
  return value.length > 0 && consistsOf(value, token);
}

/** Source: RFC 3986, section 3.1 */
export function isScheme(value: string): boolean {
  const first = value.charCodeAt(0) | 0x20;
  return first >= 0x61 && first <= 0x7a && consistsOf(value, scheme);
}

/** Not empty, of visible ASCII: what can be sent on by HTTP/1, too. */
export function isPath(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return value.length > 0;
}

function consistsOf(value: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < value.length; i++) if (allowed[value.charCodeAt(i)] !== 1) return false;
  return true;
}

function charset(characters: string): Uint8Array {
  const allowed = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) allowed[characters.charCodeAt(i)] = 1;
  return allowed;
}
