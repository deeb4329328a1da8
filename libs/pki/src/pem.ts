import { accept, refuse, type PkiResult } from './result.ts';

/** Labels of PEM blocks (RFC 7468). */
export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY';

const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END ([A-Z0-9 ]{1,40})-----/g;

/** Writes one PEM block, with its final line end. */
export function encodePem(label: PemLabel, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}

/** Reads all blocks of a label, in order. Text between blocks is passed over, as openssl writes some. */
export function decodePem(label: PemLabel, text: string): PkiResult<Buffer[]> {
  const blocks: Buffer[] = [];
  for (const [, begin, body = '', end] of text.matchAll(block)) {
    if (begin !== end) return refuse('malformed', `a PEM block begins as ${begin} and ends as ${end}`);
    // Older tools write NEW CERTIFICATE REQUEST (RFC 7468 section 7).
    if (begin !== label && begin !== `NEW ${label}`) continue;
    blocks.push(Buffer.from(body, 'base64'));
  }
  if (blocks.length === 0) return refuse('malformed', `no PEM block of the label ${label}`);
  return accept(blocks);
}
