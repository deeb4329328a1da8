import type { FieldPath } from '@malla/model';
import { didYouMean } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from './complaint.ts';

/** Cipher suites of BoringSSL below TLS 1.3. Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto */
const suites = [
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA', 'DES-CBC3-SHA'],
];

/** Groups for the key exchange that BoringSSL knows. */
const curves = ['P-224', 'P-256', 'P-521', 'P-384', 'X25519', 'X25519Kyber768Draft00', 'X25519MLKEM768'];

/** Warns of cipher suites that are unknown or stand twice: the proxy leaves them out. `[a|b]`, `-a` and `ALL` are expressions of BoringSSL. */
export function checkCipherSuites(findings: Findings, path: FieldPath, given: readonly string[] = []): void {
  checkNames(findings, path, given, {
    known: suites,
    what: 'cipher suite',
    other: (n) => n === 'ALL' || !/^[\p{L}\p{N}]/u.test(n),
  });
}

/** Warns of curves that are unknown or stand twice. */
export function checkCurves(findings: Findings, path: FieldPath, given: readonly string[] = []): void {
  checkNames(findings, path, given, { known: curves, what: 'curve', other: () => false });
}

interface Names {
  readonly known: readonly string[];
  readonly what: string;
  readonly other: (name: string) => boolean;
}

function checkNames(findings: Findings, path: FieldPath, given: readonly string[], names: Names): void {
  for (const [i, name] of given.entries()) {
    if (name !== '' && !names.known.includes(name) && !names.other(name)) {
      const hint = didYouMean(name, names.known) ?? `known: ${names.known.join(', ')}`;
      findings.warning([...path, i], `is left out: ${quoted(name)} is not a known ${names.what}`, hint);
    } else if (given.indexOf(name) < i) {
      findings.warning([...path, i], `is left out: ${quoted(name)} stands twice`, 'remove one of them');
    }
  }
}
