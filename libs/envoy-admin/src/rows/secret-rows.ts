import type { ConfigDump, DumpEntry } from '../dump/config-dump.ts';
import { at, textAt, type JsonObject } from '../json.ts';

/** What a reader of certificates tells of the first certificate in a PEM. */
export interface CertificateFacts {
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** URI and DNS names of the subject. */
  readonly names: readonly string[];
}

/** Reads the first certificate of a PEM, or undefined. Given by the caller: this library has no X.509. */
export type ReadCertificate = (pem: string) => CertificateFacts | undefined;

/** One line of `proxy-config secret`. */
export interface SecretRow {
  readonly name: string;
  readonly type: 'Cert Chain' | 'CA' | 'Unknown';
  readonly status: string;
  /** Whether the certificate is valid at the time given; undefined without a readable one. */
  readonly valid: boolean | undefined;
  readonly serialNumber: string;
  readonly notAfter: string;
  readonly notBefore: string;
  readonly names: readonly string[];
}

/** Secrets of a dump by name. Private keys are not in dumps and are never read. */
export function secretRows(dump: ConfigDump, read: ReadCertificate, now: Date): readonly SecretRow[] {
  return dump.secrets
    .map((entry) => row(entry, read, now))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function row({ name, state, config }: DumpEntry, read: ReadCertificate, now: Date): SecretRow {
  const chain = pemOf(config, 'tls_certificate', 'certificate_chain');
  const roots = pemOf(config, 'validation_context', 'trusted_ca') ?? bundleOf(config);
  const facts = chain !== undefined ? read(chain) : roots === undefined ? undefined : read(roots);
  return {
    name,
    type:
      at(config, 'tls_certificate') !== undefined
        ? 'Cert Chain'
        : at(config, 'validation_context') !== undefined
          ? 'CA'
          : 'Unknown',
    status: state.toUpperCase(),
    valid: facts === undefined ? undefined : facts.notBefore <= now && now <= facts.notAfter,
    serialNumber: facts?.serialNumber ?? '',
    notAfter: facts === undefined ? '' : seconds(facts.notAfter),
    notBefore: facts === undefined ? '' : seconds(facts.notBefore),
    names: facts?.names ?? [],
  };
}

/** A PEM that stands in the dump, in base64 or as text. */
function pemOf(config: JsonObject, ...path: string[]): string | undefined {
  const inline = textAt(config, ...path, 'inline_bytes');
  if (inline !== '') return atob(inline);
  return textAt(config, ...path, 'inline_string') || undefined;
}

/** Roots given per trust domain (SPIFFE validator) instead of one bundle. */
function bundleOf(config: JsonObject): string | undefined {
  const domains = at(config, 'validation_context', 'custom_validator_config', 'typed_config', 'trust_domains');
  return Array.isArray(domains) ? pemOf(domains[0] as JsonObject, 'trust_bundle') : undefined;
}

/** RFC 3339 without fractions. */
const seconds = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** The table of istioctl. */
export const secretHeaders = [
  'RESOURCE NAME',
  'TYPE',
  'STATUS',
  'VALID CERT',
  'SERIAL NUMBER',
  'NOT AFTER',
  'NOT BEFORE',
] as const;

export function secretCells(row: SecretRow): readonly string[] {
  const valid = row.valid === undefined ? '' : String(row.valid);
  return [row.name, row.type, row.status, valid, row.serialNumber, row.notAfter, row.notBefore];
}
