import { DerReader, DerError } from './der/reader.ts';
import { contextConstructed, contextPrimitive } from './der/tags.ts';
import { noExtensions, readExtensions, type Extensions } from './extensions.ts';
import { decodePem, encodePem } from './pem.ts';
import { accept, readDer, refuse, type PkiResult } from './result.ts';
import { readSignatureAlgorithm } from './signature.ts';

/** A parsed X.509 certificate. Parsing says nothing about trust: see verifyChain. */
export interface Certificate extends Extensions {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** What is signed. */
  readonly tbs: Uint8Array;
  /** Lower-case hexadecimal, without leading zeros. */
  readonly serial: string;
  /** The issuer's and the subject's name as they stand, for comparison byte by byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  readonly spki: Uint8Array;
  /** An identifier of ours, or undefined if we do not verify it. */
  readonly signatureAlgorithm: string | undefined;
  readonly signature: Uint8Array;
}

/** Far above any certificate of a mesh. */
const maxCertificateBytes = 64 * 1024;

/** Reads one certificate from DER. */
export function parseCertificate(der: Uint8Array): PkiResult<Certificate> {
  if (der.length > maxCertificateBytes) return refuse('too_large', `a certificate of ${der.length} bytes`);
  return readDer('certificate', () => {
    const outer = new DerReader(der);
    const reader = outer.enter();
    outer.end();
    const tbs = reader.read();
    const signatureAlgorithm = readSignatureAlgorithm(reader);
    const signature = reader.bitString();
    reader.end();
    return accept({
      der,
      tbs: tbs.raw,
      ...readTbs(new DerReader(tbs.content), signatureAlgorithm),
      signatureAlgorithm,
      signature,
    });
  });
}

/** Reads all certificates of a PEM text, in order. One that is bad spoils the whole. */
export function parseCertificates(pem: string): PkiResult<Certificate[]> {
  const blocks = decodePem('CERTIFICATE', pem);
  if (!blocks.ok) return blocks;
  const certificates: Certificate[] = [];
  for (const block of blocks.value) {
    const parsed = parseCertificate(block);
    if (!parsed.ok) return parsed;
    certificates.push(parsed.value);
  }
  return accept(certificates);
}

/** Writes certificates as PEM, one block after the other. */
export function certificatesPem(...certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => encodePem('CERTIFICATE', der)).join('');
}

type Tbs = Omit<Certificate, 'der' | 'tbs' | 'signatureAlgorithm' | 'signature'>;

function readTbs(reader: DerReader, signatureAlgorithm: string | undefined): Tbs {
  const version = reader.optional(contextConstructed(0));
  if (version === undefined || new DerReader(version.content).smallInteger() !== 2)
    throw new DerError('another version than 3');
  const serial = Buffer.from(reader.integer())
    .toString('hex')
    .replace(/^0+(?=.)/, '');
  // Both algorithm fields must agree (RFC 5280 section 4.1.1.2).
  if (readSignatureAlgorithm(reader) !== signatureAlgorithm) throw new DerError('two different signature algorithms');
  const issuer = reader.read().raw;
  const validity = reader.enter();
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.end();
  const subject = reader.read().raw;
  const spki = reader.read().raw;
  reader.optional(contextPrimitive(1));
  reader.optional(contextPrimitive(2));
  const extensions = readExtensionsField(reader);
  reader.end();
  return { serial, issuer, subject, notBefore, notAfter, spki, ...extensions };
}

function readExtensionsField(reader: DerReader): Extensions {
  const field = reader.optional(contextConstructed(3));
  if (field === undefined) return noExtensions;
  const outer = new DerReader(field.content);
  const list = outer.enter();
  outer.end();
  return readExtensions(list);
}
