import type { FieldPath, ServerTlsSettings } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkCipherSuites, checkCurves } from '../values/cipher-suites.ts';

/** Where a certificate of the server may come from. */
const sources = ['serverCertificate', 'privateKey', 'credentialName', 'credentialNames', 'tlsCertificates'] as const;

/** Checks how a server ends, or passes on, TLS. Source: Istio, validateTLSOptions. */
export function checkServerTls(findings: Findings, path: FieldPath, tls: ServerTlsSettings | undefined): void {
  if (tls === undefined) return;
  const { mode = 'PASSTHROUGH', minProtocolVersion, cipherSuites } = tls;
  if ((minProtocolVersion === 'TLSV1_0' || minProtocolVersion === 'TLSV1_1') && (cipherSuites ?? []).length === 0)
    findings.warning(
      [...path, 'minProtocolVersion'],
      'is not reached: default cipher suites are of TLS 1.2',
      'give cipherSuites',
    );
  checkVersions(findings, path, tls);
  checkCipherSuites(findings, [...path, 'cipherSuites'], cipherSuites);
  checkCurves(findings, [...path, 'ecdhCurves'], tls.ecdhCurves);
  if (mode === 'ISTIO_MUTUAL') return refuseAll(findings, path, tls);
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') return warnOfAll(findings, path, tls, mode);
  checkSources(findings, path, tls);
  const byName = isGiven(tls.credentialName) || isNotEmpty(tls.credentialNames);
  if (!byName) checkFiles(findings, path, tls, mode);
  checkRevocation(findings, path, tls, mode);
}

const versions = ['TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'];

function checkVersions(findings: Findings, path: FieldPath, tls: ServerTlsSettings): void {
  const [least, most] = [tls.minProtocolVersion, tls.maxProtocolVersion].map((v) => versions.indexOf(v ?? ''));
  if (least !== undefined && most !== undefined && least >= 0 && most >= 0 && least > most)
    findings.error([...path, 'maxProtocolVersion'], 'is older than minProtocolVersion', 'exchange the two');
}

const isNotEmpty = (list: readonly unknown[] | undefined) => (list ?? []).length > 0;

function isSet(tls: ServerTlsSettings, field: (typeof sources)[number] | 'caCertificates' | 'caCrl'): boolean {
  const value = tls[field];
  return Array.isArray(value) ? value.length > 0 : isGiven(value as string | undefined);
}

/** The mesh's own certificates are used. */
function refuseAll(findings: Findings, path: FieldPath, tls: ServerTlsSettings): void {
  for (const field of [...sources, 'caCertificates'] as const) {
    if (isSet(tls, field))
      findings.error(
        [...path, field],
        'cannot stand with ISTIO_MUTUAL: the mesh gives the certificates',
        'leave it out',
      );
  }
}

function warnOfAll(findings: Findings, path: FieldPath, tls: ServerTlsSettings, mode: string): void {
  for (const field of [...sources, 'caCertificates', 'caCrl'] as const) {
    if (isSet(tls, field))
      findings.warning([...path, field], `has no effect with ${mode}: TLS is not ended here`, 'use SIMPLE or MUTUAL');
  }
  checkSources(findings, path, tls);
}

function checkSources(findings: Findings, path: FieldPath, tls: ServerTlsSettings): void {
  const files = isGiven(tls.serverCertificate) && isGiven(tls.privateKey);
  const given = [
    ...(files ? ['serverCertificate'] : []),
    ...(['credentialName', 'credentialNames', 'tlsCertificates'] as const).filter((field) => isSet(tls, field)),
  ];
  if (given.length > 1)
    findings.error([...path, given[1] as string], `cannot stand with ${given[0]}`, 'give certificates in one way');
}

function checkFiles(findings: Findings, path: FieldPath, tls: ServerTlsSettings, mode: string): void {
  if (mode !== 'SIMPLE' && !isGiven(tls.caCertificates))
    findings.error(
      [...path, 'caCertificates'],
      `is required with ${mode}`,
      'give roots of clients, or use credentialName',
    );
  const certificates = isNotEmpty(tls.tlsCertificates) ? (tls.tlsCertificates ?? []) : [tls];
  for (const [i, certificate] of certificates.entries()) {
    const at = isNotEmpty(tls.tlsCertificates) ? [...path, 'tlsCertificates', i] : path;
    for (const field of ['serverCertificate', 'privateKey'] as const) {
      if (!isGiven(certificate[field]))
        findings.error([...at, field], `is required with ${mode}`, 'give a path, or use credentialName');
    }
  }
}

function checkRevocation(findings: Findings, path: FieldPath, tls: ServerTlsSettings, mode: string): void {
  if (!isGiven(tls.caCrl)) return;
  const at = [...path, 'caCrl'];
  if (isGiven(tls.credentialName))
    findings.error(at, 'cannot stand with credentialName', 'put it into the secret as ca.crl');
  if (mode === 'SIMPLE') findings.error(at, 'cannot stand with SIMPLE: clients have no certificates', 'use MUTUAL');
}
