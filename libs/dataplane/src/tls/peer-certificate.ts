import { hash, type X509Certificate } from 'node:crypto';
import type { PeerCertificate } from '../runtime/connection.ts';

/** A certificate with all its names, for checks of SANs. */
export interface CertificateFacts extends PeerCertificate {
  readonly ipSans: readonly string[];
  readonly emailSans: readonly string[];
}

/** How many certificates are remembered: about as many as a worker has peers. */
const mostKnown = 1_000;

/** Reads certificates, each only once: a peer comes with the same one until it is renewed. */
export class CertificateReader {
  readonly #known = new Map<string, CertificateFacts>();

  read(certificate: X509Certificate): CertificateFacts {
    const der = certificate.raw;
    const sha256 = hash('sha256', der, 'hex');
    const known = this.#known.get(sha256);
    if (known !== undefined) return known;
    if (this.#known.size >= mostKnown) this.#known.delete(this.#known.keys().next().value ?? '');
    const facts = readCertificate(certificate, der, sha256);
    this.#known.set(sha256, facts);
    return facts;
  }
}

function readCertificate(certificate: X509Certificate, der: Buffer, sha256: string): CertificateFacts {
  const names = subjectAltNames(certificate.subjectAltName ?? '');
  return {
    uriSans: names.URI ?? [],
    dnsSans: names.DNS ?? [],
    ipSans: (names['IP Address'] ?? []).map(ipText),
    emailSans: names.email ?? [],
    subject: rfc2253(certificate.subject),
    issuer: rfc2253(certificate.issuer),
    serialNumber: certificate.serialNumber.toLowerCase(),
    sha256,
    der,
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
  };
}

/**
 * Node's text form, `URI:spiffe://a/b, DNS:"quoted, because of the comma"`, by type. Values that are quoted are JSON strings; others have neither commas nor
 * quotes.
 */
export function subjectAltNames(text: string): Partial<Record<string, string[]>> {
  const names: Partial<Record<string, string[]>> = Object.create(null) as Partial<Record<string, string[]>>;
  const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;
  for (let match = entry.exec(text); match !== null; match = entry.exec(text)) {
    const [, type = '', value = ''] = match;
    (names[type] ??= []).push(value.startsWith('"') ? unquoted(value) : value);
    if (entry.lastIndex === text.length) break;
  }
  return names;
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    // Nothing that matches a name; the certificate has it all the same.
    return text;
  }
}

/** Node writes all groups of an IPv6 address, in capitals; this is the usual short form. */
export function ipText(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/**
 * `C=US\nO=Malla\nCN=a + serialNumber=1` becomes `CN=a+serialNumber=1,O=Malla,C=US`. Values come with their escapes already, except for what is beyond
 * ASCII: here it is `\C5\81`, byte by byte, as in Envoy.
 */
function rfc2253(lines: string | undefined): string {
  if (lines === undefined || lines === '') return '';
  return lines
    .split('\n')
    .reverse()
    .map((line) => line.replaceAll(' + ', '+'))
    .join(',')
    .replaceAll(/[^\0-\x7f]+/g, escapedBytes);
}

function escapedBytes(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) escaped += `\\${byte.toString(16).toUpperCase()}`;
  return escaped;
}
