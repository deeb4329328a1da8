import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';

type ClientTls = NonNullable<TrafficPolicy['tls']>;

const files = ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const;
const configMap = 'configmap://';

/** Checks how connections to a host are secured. `namespace` is that of the resource. Source: Istio, ValidateTLS. */
export function checkClientTls(
  findings: Findings,
  path: FieldPath,
  tls: ClientTls | undefined,
  namespace: string,
): void {
  if (tls === undefined) return;
  const { mode = 'DISABLE', credentialName, sni } = tls;
  const own = mode === 'SIMPLE' || mode === 'MUTUAL';
  if (isGiven(credentialName)) checkCredential(findings, path, tls, namespace);
  if (tls.insecureSkipVerify === true) checkSkipVerify(findings, path, tls);
  if (mode === 'MUTUAL' && !isGiven(credentialName)) {
    for (const field of ['clientCertificate', 'privateKey'] as const) {
      if (!isGiven(tls[field]))
        findings.error(
          [...path, field],
          'is required with mode MUTUAL',
          'give a path, or credentialName in place of paths',
        );
    }
  }
  if (!own) checkNoMeaning(findings, path, tls, mode);
  if (isGiven(sni) && !/^[-_.*A-Za-z0-9:]+$/.test(sni))
    findings.error([...path, 'sni'], 'must be the name of a server', 'write it as in example.com');
}

function checkCredential(findings: Findings, path: FieldPath, tls: ClientTls, namespace: string): void {
  const { mode, credentialName = '' } = tls;
  const at = [...path, 'credentialName'];
  if (credentialName.startsWith(configMap)) {
    const [owner, name, ...more] = credentialName.slice(configMap.length).split('/');
    if (!isGiven(owner) || !isGiven(name) || more.length > 0)
      findings.error(at, 'does not name a ConfigMap', `write configmap://${namespace}/NAME`);
    else if (owner !== namespace)
      findings.error(at, 'names a ConfigMap of another namespace', `it must be in ${namespace}`);
  }
  if (mode !== 'SIMPLE' && mode !== 'MUTUAL') return;
  for (const field of files) {
    if (isGiven(tls[field]))
      findings.error(
        [...path, field],
        'cannot stand with credentialName',
        'put it into the secret, or leave credentialName out',
      );
  }
}

/** Nothing is verified, so nothing can be given to verify with. */
function checkSkipVerify(findings: Findings, path: FieldPath, tls: ClientTls): void {
  const { mode, caCertificates, credentialName, subjectAltNames } = tls;
  if (mode !== 'SIMPLE' && mode !== 'MUTUAL') return;
  const hint = 'leave it out, or verify the server: remove insecureSkipVerify';
  if (isGiven(caCertificates))
    findings.error([...path, 'caCertificates'], 'cannot stand with insecureSkipVerify', hint);
  if (subjectAltNames !== undefined)
    findings.error([...path, 'subjectAltNames'], 'cannot stand with insecureSkipVerify', hint);
  // With MUTUAL it may hold the client's own certificate.
  if (mode === 'SIMPLE' && isGiven(credentialName))
    findings.error([...path, 'credentialName'], 'cannot stand with insecureSkipVerify', hint);
}

function checkNoMeaning(findings: Findings, path: FieldPath, tls: ClientTls, mode: string): void {
  const hint = 'use mode SIMPLE or MUTUAL, or leave it out';
  for (const field of [...files, 'credentialName', 'caCertCredentialName'] as const) {
    if (isGiven(tls[field])) findings.warning([...path, field], `has no effect with mode ${mode}`, hint);
  }
  if (tls.insecureSkipVerify === true)
    findings.warning([...path, 'insecureSkipVerify'], `has no effect with mode ${mode}`, hint);
  if (mode === 'DISABLE' && isGiven(tls.sni))
    findings.warning([...path, 'sni'], 'has no effect with mode DISABLE', hint);
  if (mode === 'DISABLE' && (tls.subjectAltNames ?? []).length > 0)
    findings.warning([...path, 'subjectAltNames'], 'has no effect with mode DISABLE', hint);
}
