import { readAltNames, noAltNames, type AltNames } from './alt-names.ts';
import { DerError, DerReader } from './der/reader.ts';
import { contextPrimitive, tags } from './der/tags.ts';
import { boolean, element, namedBits, octetString, oid, sequence, smallInteger } from './der/writer.ts';
import { oids } from './oids.ts';

/** Bits of KeyUsage (RFC 5280 section 4.2.1.3). */
export const keyUsageBits = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, crlSign: 6 } as const;

/** What the extensions of a certificate or of a request say. */
export interface Extensions {
  readonly isAuthority: boolean;
  /** How many authorities may follow below; undefined for no limit. */
  readonly pathLength: number | undefined;
  /** Undefined if the extension is absent, which allows every use. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  /** Object identifiers; undefined if absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly altNames: AltNames;
  readonly subjectKeyId: Buffer | undefined;
  readonly authorityKeyId: Buffer | undefined;
  /** Identifiers of critical extensions that were not understood; a verifier must refuse a certificate that has any. */
  readonly unknownCritical: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a SEQUENCE OF Extension. An extension that stands twice is refused (RFC 5280 section 4.2). */
export function readExtensions(reader: DerReader): Extensions {
  const found: Mutable<Extensions> = { ...noExtensions, unknownCritical: [] };
  const seen = new Set<string>();
  while (!reader.atEnd) {
    const extension = reader.enter();
    const id = extension.oid();
    const critical = extension.nextTag === tags.boolean ? extension.boolean() : false;
    const value = extension.octetString();
    extension.end();
    if (seen.has(id)) throw new DerError(`the extension ${id} twice`);
    seen.add(id);
    const known = readKnown(id, value, found);
    if (critical && !known) found.unknownCritical = [...found.unknownCritical, id];
  }
  return found;
}

/** No extensions at all. */
export const noExtensions: Extensions = {
  isAuthority: false,
  pathLength: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  altNames: noAltNames,
  subjectKeyId: undefined,
  authorityKeyId: undefined,
  unknownCritical: [],
};

function readKnown(id: string, value: Uint8Array, into: Mutable<Extensions>): boolean {
  switch (id) {
    case oids.basicConstraints:
      Object.assign(into, readBasicConstraints(value));
      return true;
    case oids.keyUsage:
      into.keyUsage = new DerReader(value).namedBits();
      return true;
    case oids.extendedKeyUsage:
      into.extendedKeyUsage = readOids(new DerReader(value).enter());
      return true;
    case oids.subjectAltName:
      into.altNames = readAltNames(value);
      return true;
    case oids.subjectKeyIdentifier:
      into.subjectKeyId = Buffer.from(new DerReader(value).octetString());
      return true;
    case oids.authorityKeyIdentifier:
      into.authorityKeyId = readAuthorityKeyId(value);
      return true;
    default:
      return false;
  }
}

function readBasicConstraints(value: Uint8Array): Pick<Extensions, 'isAuthority' | 'pathLength'> {
  const reader = new DerReader(value).enter();
  const isAuthority = reader.nextTag === tags.boolean ? reader.boolean() : false;
  const pathLength = reader.atEnd ? undefined : reader.smallInteger();
  reader.end();
  return { isAuthority, pathLength };
}

function readOids(reader: DerReader): string[] {
  const found: string[] = [];
  while (!reader.atEnd) found.push(reader.oid());
  return found;
}

function readAuthorityKeyId(value: Uint8Array): Buffer | undefined {
  const id = new DerReader(value).enter().optional(contextPrimitive(0));
  return id === undefined ? undefined : Buffer.from(id.content);
}

/** Writes one Extension. */
export function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return critical ? sequence(oid(id), boolean(true), octetString(value)) : sequence(oid(id), octetString(value));
}

/** Extensions that are the same in every certificate of a kind; encoded once. */
export const fixedExtensions = {
  leafConstraints: extension(oids.basicConstraints, true, sequence()),
  leafKeyUsage: extension(
    oids.keyUsage,
    true,
    namedBits([keyUsageBits.digitalSignature, keyUsageBits.keyEncipherment]),
  ),
  leafExtendedKeyUsage: extension(oids.extendedKeyUsage, false, sequence(oid(oids.serverAuth), oid(oids.clientAuth))),
  authorityKeyUsage: extension(oids.keyUsage, true, namedBits([keyUsageBits.keyCertSign, keyUsageBits.crlSign])),
} as const;

export function authorityConstraints(pathLength: number | undefined): Buffer {
  const length = pathLength === undefined ? [] : [smallInteger(pathLength)];
  return extension(oids.basicConstraints, true, sequence(boolean(true), ...length));
}

export function subjectKeyIdExtension(keyId: Uint8Array): Buffer {
  return extension(oids.subjectKeyIdentifier, false, octetString(keyId));
}

export function authorityKeyIdExtension(keyId: Uint8Array): Buffer {
  return extension(oids.authorityKeyIdentifier, false, sequence(element(contextPrimitive(0), keyId)));
}
