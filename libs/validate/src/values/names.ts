import { complaint, quoted, type Complaint } from './complaint.ts';

/** A field name of RFC 9110 section 5.1: one or more tchar. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function isToken(text: string): boolean {
  return token.test(text);
}

/** What is wrong with the name of a header, or undefined. */
export function headerNameProblem(name: string): Complaint | undefined {
  return isToken(name)
    ? undefined
    : complaint(
        'must be a header name (RFC 9110 token)',
        'letters, digits, "-" and "_" are allowed, no spaces and no ":"',
      );
}

/** As {@link headerNameProblem}, for a header that Envoy's JWT filter or Istio sets: letters, digits, `-` and `_` alone. */
export function plainHeaderNameProblem(name: string): Complaint | undefined {
  return /^[-_A-Za-z0-9]+$/.test(name)
    ? undefined
    : complaint(`must be a plain header name, not ${quoted(name)}`, 'letters, digits, "-" and "_" are allowed');
}

/** As {@link headerNameProblem}, for a header of a health check, as Kubernetes has them. */
export function probeHeaderNameProblem(name: string): Complaint | undefined {
  return /^[-A-Za-z0-9]+$/.test(name)
    ? undefined
    : complaint(`must be a header name, not ${quoted(name)}`, 'letters, digits and "-" are allowed');
}

/** What is wrong with the name of a cookie (RFC 6265 section 4.1.1), or undefined. */
export function cookieNameProblem(name: string): Complaint | undefined {
  return isToken(name)
    ? undefined
    : complaint(
        'must be a cookie name (RFC 6265 token)',
        'letters, digits, "-" and "_" are allowed, no "=" and no spaces',
      );
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

/** What is wrong with an authority, `host` or `host:port` (RFC 3986 section 3.2), or undefined. */
export function authorityProblem(text: string): Complaint | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:\d{1,5})?$/.test(text)
    ? undefined
    : complaint('must be a host with an optional port', 'write it as in example.com or example.com:8080');
}
