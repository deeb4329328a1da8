import { DerReader } from './der/reader.ts';
import { contextConstructed, tags } from './der/tags.ts';
import { bitString, element, oid, sequence, setOf, smallInteger } from './der/writer.ts';
import { extension, noExtensions, readExtensions, type Extensions } from './extensions.ts';
import { writeAltNames, type HostNames } from './alt-names.ts';
import type { KeyPair } from './key-pair.ts';
import { oids } from './oids.ts';
import { decodePem, encodePem } from './pem.ts';
import { readPublicKey, type PublicKeyInfo } from './public-key.ts';
import { accept, readDer, refuse, type PkiResult } from './result.ts';
import { algorithmOf, readSignatureAlgorithm, signBytes, verifyBytes } from './signature.ts';

/** A PKCS #10 request (RFC 2986) whose form is good; its signature is checked by {@link verifyCsr}. */
export interface Csr {
  readonly info: Uint8Array;
  readonly key: PublicKeyInfo;
  /** What it asks for. Only ever checked, never copied into a certificate. */
  readonly requested: Extensions;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

/** Above any honest request: an RSA-8192 one has about 3 KiB. */
export const maxCsrBytes = 16 * 1024;

/**
 * Makes a request for a SPIFFE id, as PEM. The authority signs the caller's identity, so the id here is only a courtesy.
 * Names of hosts are granted to the control plane only: see {@link checkCsr}.
 */
export async function createCsr(
  key: KeyPair,
  spiffeId: string,
  hosts: HostNames = { dnsNames: [], ipAddresses: [] },
): Promise<string> {
  const altNames = extension(oids.subjectAltName, true, writeAltNames({ uris: [spiffeId], ...hosts }));
  const attribute = sequence(oid(oids.extensionRequest), setOf(sequence(altNames)));
  const info = sequence(smallInteger(0), sequence(), key.spki, element(contextConstructed(0), attribute));
  const signature = await signBytes(info, key.privateKey);
  return encodePem('CERTIFICATE REQUEST', sequence(info, algorithmOf(key.privateKey), bitString(signature)));
}

/** Reads one request from PEM. Weak keys and algorithms are refused here. */
export function parseCsr(pem: string): PkiResult<Csr> {
  if (pem.length > maxCsrBytes)
    return refuse('too_large', `a request of ${pem.length} bytes; at most ${maxCsrBytes} are read`);
  const blocks = decodePem('CERTIFICATE REQUEST', pem);
  if (!blocks.ok) return blocks;
  const [der] = blocks.value;
  if (der === undefined || blocks.value.length > 1) return refuse('malformed', 'more than one request');
  return readDer('certificate request', () => readCsr(der));
}

/** Proves that the sender holds the private key. */
export async function verifyCsr(csr: Csr): Promise<PkiResult<Csr>> {
  const { info, signature, signatureAlgorithm, key } = csr;
  const good = await verifyBytes({ bytes: info, signature, algorithm: signatureAlgorithm, spki: key.spki });
  return good ? accept(csr) : refuse('bad_signature', "the request's signature does not fit its key");
}

/**
 * Checks what a request asks for against who its sender is. A request may be silent; it may not ask for another's name, for names of other
 * kinds, or to be an authority. With `hosts`, for callers that browsers and kubectl know by host name, it may ask for DNS names and addresses.
 */
export function checkCsr(
  csr: Csr,
  identity: string,
  { hosts = false }: { readonly hosts?: boolean } = {},
): PkiResult<Csr> {
  const { altNames, isAuthority, keyUsage } = csr.requested;
  if (isAuthority || keyUsage?.has(5)) return refuse('authority', 'the request asks to be a certificate authority');
  const foreign = altNames.uris.find((uri) => uri !== identity);
  if (foreign !== undefined)
    return refuse('identity', `the request asks for ${foreign.slice(0, 300)}, but the caller is ${identity}`);
  const namesHosts = altNames.dnsNames.length > 0 || altNames.ipAddresses.length > 0;
  if ((namesHosts && !hosts) || altNames.others > 0) {
    return refuse('identity', 'the request asks for names that are no SPIFFE id');
  }
  return accept(csr);
}

function readCsr(der: Uint8Array): PkiResult<Csr> {
  const outer = new DerReader(der);
  const reader = outer.enter();
  outer.end();
  const info = reader.read(tags.sequence);
  const signatureAlgorithm = readSignatureAlgorithm(reader);
  const signature = reader.bitString();
  reader.end();
  if (signatureAlgorithm === undefined) {
    return refuse(
      'unsupported_algorithm',
      'signed with another algorithm than ECDSA or RSA with SHA-256, SHA-384 or SHA-512',
    );
  }
  const body = new DerReader(info.content);
  if (body.smallInteger() !== 0) return refuse('malformed', 'another version than 1');
  body.read(tags.sequence);
  const key = readPublicKey(body.read(tags.sequence).raw);
  if (!key.ok) return key;
  const attributes = body.optional(contextConstructed(0));
  body.end();
  const requested = attributes === undefined ? noExtensions : readAttributes(new DerReader(attributes.content));
  return accept({ info: info.raw, key: key.value, requested, signatureAlgorithm, signature });
}

function readAttributes(reader: DerReader): Extensions {
  let requested = noExtensions;
  while (!reader.atEnd) {
    const attribute = reader.enter();
    const id = attribute.oid();
    const values = attribute.enter(tags.set);
    attribute.end();
    // Others, such as a challenge password, ask for nothing that we grant.
    if (id !== oids.extensionRequest) continue;
    requested = readExtensions(values.enter());
    values.end();
  }
  return requested;
}
