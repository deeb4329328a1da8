import { X509Certificate } from 'node:crypto';
import type { SecretConfig } from '@malla/proxy-config';

const dayMs = 86_400_000;

/** Envoy's /certs: what certificates and roots the program has. No keys. Source: envoy/admin/v3/certs.proto */
export function certsJson(secrets: readonly SecretConfig[], now: number): object {
  const roots = secrets
    .filter((secret) => secret.kind === 'validation')
    .flatMap(({ trustedCaPem }) => read(trustedCaPem));
  const certificates = secrets
    .filter((secret) => secret.kind === 'certificate')
    .map(({ chainPem }) => ({
      ca_cert: roots.map((root) => detailsOf(root, now)),
      cert_chain: read(chainPem).map((certificate) => detailsOf(certificate, now)),
    }));
  return { certificates };
}

/** Whole days until the first certificate ends; Envoy's number for "never" without any. */
export function daysUntilFirstExpiry(secrets: readonly SecretConfig[], now: number): number {
  const pems = secrets.map((secret) => (secret.kind === 'certificate' ? secret.chainPem : secret.trustedCaPem));
  const ends = pems.flatMap(read).map(({ validTo }) => Date.parse(validTo));
  return ends.length === 0 ? 0xffffffff : Math.max(0, Math.floor((Math.min(...ends) - now) / dayMs));
}

function read(pem: string): X509Certificate[] {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return parts.flatMap((part) => {
    try {
      return [new X509Certificate(part)];
    } catch {
      return [];
    }
  });
}

function detailsOf(certificate: X509Certificate, now: number): object {
  const end = Date.parse(certificate.validTo);
  return {
    path: '<inline>',
    serial_number: certificate.serialNumber.toLowerCase(),
    subject_alt_names: namesOf(certificate.subjectAltName ?? ''),
    days_until_expiration: String(Math.max(0, Math.floor((end - now) / dayMs))),
    valid_from: seconds(Date.parse(certificate.validFrom)),
    expiration_time: seconds(end),
  };
}

function namesOf(text: string): object[] {
  return text.split(', ').flatMap((name): object[] => {
    if (name.startsWith('URI:')) return [{ uri: name.slice(4) }];
    if (name.startsWith('DNS:')) return [{ dns: name.slice(4) }];
    return name.startsWith('IP Address:') ? [{ ip_address: name.slice(11) }] : [];
  });
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
