/** What a client sends first. Source: RFC 9113, section 3.4 */
export const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/**
 * Whether a connection's first bytes begin HTTP/2: `more` when they are a part of the preface, and more have to come before one can tell. No HTTP/1
 * request begins like this (`PRI` is reserved).
 */
export function looksLikeHttp2(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  const compared = Math.min(bytes.length, http2Preface.length);
  for (let i = 0; i < compared; i++) if (bytes[i] !== http2Preface.charCodeAt(i)) return 'no';
  return compared === http2Preface.length ? 'yes' : 'more';
}
