import { randomBytes } from 'node:crypto';
import { parseSpiffeId } from '@malla/spiffe';
import { writeAltNames } from './alt-names.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { contextConstructed } from './der/tags.ts';
import {
  bitString,
  element,
  oid,
  sequence,
  setOf,
  smallInteger,
  time,
  unsignedInteger,
  utf8String,
} from './der/writer.ts';
import {
  authorityConstraints,
  authorityKeyIdExtension,
  extension,
  fixedExtensions,
  subjectKeyIdExtension,
} from './extensions.ts';
import type { KeyPair } from './key-pair.ts';
import { oids } from './oids.ts';
import { readPublicKey } from './public-key.ts';
import { algorithmOf, signBytes } from './signature.ts';

/** A certificate that may sign others, and its key. */
export interface Authority {
  readonly certificate: Certificate;
  readonly key: KeyPair;
}

/** Gives random bytes. Default node:crypto's; specs inject their own. */
export type RandomBytes = (length: number) => Uint8Array;

/** Peers' clocks may be this much behind ours; short-lived certificates are backdated by a tenth of their life instead. */
const maxBackdateMs = 60_000;

export interface RootParams {
  readonly key: KeyPair;
  readonly trustDomain: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly ttlMs: number;
  readonly random?: RandomBytes;
}

/** Makes a root: signs itself, has no limit of depth. Its name is unique, so that old and new roots are never mixed up. */
export async function createRoot(params: RootParams): Promise<Authority> {
  const { key, now, ttlMs, random = randomBytes } = params;
  const serial = newSerial(random);
  const name = distinguishedName(params.trustDomain, `Malla root ${serial.toString('hex').slice(0, 8)}`);
  const keyId = keyIdOf(key.spki);
  const extensions = [
    authorityConstraints(undefined),
    fixedExtensions.authorityKeyUsage,
    subjectKeyIdExtension(keyId),
    extension(oids.subjectAltName, false, trustDomainNames(params.trustDomain)),
  ];
  const tbs = { serial, issuer: name, subject: name, spki: key.spki, extensions, ...validity(now, ttlMs) };
  return { certificate: await signCertificate(tbs, key), key };
}

export interface IssuerParams extends RootParams {
  readonly root: Authority;
}

/** Makes an issuer below a root. It may sign leaves only, and does not outlive its root. */
export async function createIssuer(params: IssuerParams): Promise<Authority> {
  const { key, root, now, random = randomBytes } = params;
  const serial = newSerial(random);
  const extensions = [
    authorityConstraints(0),
    fixedExtensions.authorityKeyUsage,
    subjectKeyIdExtension(keyIdOf(key.spki)),
    authorityKeyIdExtension(authorityKeyIdOf(root.certificate)),
    extension(oids.subjectAltName, false, trustDomainNames(params.trustDomain)),
  ];
  const subject = distinguishedName(params.trustDomain, `Malla issuer ${serial.toString('hex').slice(0, 8)}`);
  const span = validity(now, Math.min(params.ttlMs, root.certificate.notAfter - now));
  const tbs = { serial, issuer: root.certificate.subject, subject, spki: key.spki, extensions, ...span };
  return { certificate: await signCertificate(tbs, root.key), key };
}

export interface LeafParams {
  readonly issuer: Authority;
  /** The subject's SubjectPublicKeyInfo, already checked (parseCsr). */
  readonly spki: Uint8Array;
  /** Who the certificate names. */
  readonly spiffeId: string;
  /** Further names, for servers that browsers and kubectl call. Default none. */
  readonly dnsNames?: readonly string[];
  /** Raw addresses: 4 or 16 bytes each. Default none. */
  readonly ipAddresses?: readonly Uint8Array[];
  readonly now: number;
  /** From now; cut to the issuer's end. */
  readonly ttlMs: number;
  readonly random?: RandomBytes;
}

/**
 * Issues an X.509-SVID: empty subject, critical SPIFFE id, both TLS usages, no authority.
 * @throws TypeError if the id is not a SPIFFE id: it comes from an authenticated caller, never from a request
 */
export async function issueLeaf(params: LeafParams): Promise<Certificate> {
  const { issuer, spki, spiffeId, now, random = randomBytes } = params;
  if (!parseSpiffeId(spiffeId).ok) throw new TypeError(`Not a SPIFFE id: ${spiffeId}`);
  const names = writeAltNames({
    uris: [spiffeId],
    dnsNames: params.dnsNames ?? [],
    ipAddresses: params.ipAddresses ?? [],
  });
  const extensions = [
    fixedExtensions.leafKeyUsage,
    fixedExtensions.leafExtendedKeyUsage,
    fixedExtensions.leafConstraints,
    subjectKeyIdExtension(keyIdOf(spki)),
    authorityKeyIdExtension(authorityKeyIdOf(issuer.certificate)),
    // Critical, as the subject is empty (RFC 5280 section 4.2.1.6).
    extension(oids.subjectAltName, true, names),
  ];
  const span = validity(now, Math.min(params.ttlMs, issuer.certificate.notAfter - now));
  const tbs = {
    serial: newSerial(random),
    issuer: issuer.certificate.subject,
    subject: emptyName,
    spki,
    extensions,
    ...span,
  };
  return signCertificate(tbs, issuer.key);
}

interface Tbs {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Uint8Array[];
}

const version3 = element(contextConstructed(0), smallInteger(2));
const emptyName = sequence();

async function signCertificate(tbs: Tbs, signer: KeyPair): Promise<Certificate> {
  const algorithm = algorithmOf(signer.privateKey);
  const bytes = sequence(
    version3,
    unsignedInteger(tbs.serial),
    algorithm,
    tbs.issuer,
    sequence(time(tbs.notBefore), time(tbs.notAfter)),
    tbs.subject,
    tbs.spki,
    element(contextConstructed(3), sequence(...tbs.extensions)),
  );
  const signature = await signBytes(bytes, signer.privateKey);
  const parsed = parseCertificate(sequence(bytes, algorithm, bitString(signature)));
  if (!parsed.ok) throw new Error(`Wrote a certificate that does not read back: ${parsed.problem.message}`);
  return parsed.value;
}

/** 127 random bits: positive, and at most 20 bytes long (RFC 5280 section 4.1.2.2). */
function newSerial(random: RandomBytes): Buffer {
  const serial = Buffer.from(random(16));
  serial[0] = (serial[0] ?? 0) & 0x7f;
  if (serial.every((byte) => byte === 0)) serial[15] = 1;
  return serial;
}

/** Certificates hold whole seconds; a life never becomes shorter than asked by rounding. */
function validity(now: number, ttlMs: number): { notBefore: number; notAfter: number } {
  const backdate = Math.min(maxBackdateMs, ttlMs / 10);
  return {
    notBefore: Math.floor((now - backdate) / 1_000) * 1_000,
    notAfter: Math.ceil((now + ttlMs) / 1_000) * 1_000,
  };
}

function distinguishedName(organization: string, commonName: string): Buffer {
  const attribute = (id: string, text: string): Buffer => setOf(sequence(oid(id), utf8String(text)));
  return sequence(attribute(oids.organization, organization), attribute(oids.commonName, commonName));
}

function trustDomainNames(trustDomain: string): Buffer {
  return writeAltNames({ uris: [`spiffe://${trustDomain}`], dnsNames: [], ipAddresses: [] });
}

function keyIdOf(spki: Uint8Array): Buffer {
  const key = readPublicKey(spki);
  if (!key.ok) throw new TypeError(`Not a key to certify: ${key.problem.message}`);
  return key.value.keyId;
}

function authorityKeyIdOf(certificate: Certificate): Uint8Array {
  return certificate.subjectKeyId ?? keyIdOf(certificate.spki);
}
