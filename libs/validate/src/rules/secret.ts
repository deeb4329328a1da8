import type { FieldPath, Secret } from '@malla/model';
import type { Findings } from '../findings.ts';

const certificate = /^\s*(?:[^-][^\n]*\n|\s*\n)*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;
const privateKey = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/;

/** Entries that a type needs; of those in one list, one is enough. Source: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const needed: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'kubernetes.io/tls': [['tls.crt'], ['tls.key']],
  'kubernetes.io/dockercfg': [['.dockercfg']],
  'kubernetes.io/dockerconfigjson': [['.dockerconfigjson']],
  'kubernetes.io/basic-auth': [['username', 'password']],
  'kubernetes.io/ssh-auth': [['ssh-privatekey']],
};

const jsonEntries = ['.dockercfg', '.dockerconfigjson'];

/**
 * Checks a Secret as kube-apiserver does. Messages never carry its values. Whether certificates are in PEM is a warning, as they may be
 * filled in later; whether a pair fits is known in use.
 */
export function checkSecret(findings: Findings, resource: Secret): void {
  const { type = 'Opaque' } = resource;
  for (const names of Object.hasOwn(needed, type) ? (needed[type] ?? []) : []) {
    if (!names.some((name) => valueOf(resource, name).text !== undefined))
      findings.error(
        ['data', names[0] as string],
        `is required in a Secret of type ${type}`,
        `give ${names.join(' or ')}`,
      );
  }
  for (const name of jsonEntries) {
    const { path, text } = valueOf(resource, name);
    if (Object.hasOwn(needed, type) && needed[type]?.flat().includes(name) && text !== undefined && !isJson(text))
      findings.error(path, 'must be JSON', 'kubectl create secret docker-registry makes it');
  }
  if (type === 'kubernetes.io/service-account-token') {
    const path = ['metadata', 'annotations', 'kubernetes.io/service-account.name'];
    if ((resource.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '') === '')
      findings.error(path, `is required in a Secret of type ${type}`, 'name the service account');
  }
  checkPem(findings, valueOf(resource, 'tls.crt'), certificate, 'a certificate');
  checkPem(findings, valueOf(resource, 'tls.key'), privateKey, 'an unencrypted private key');
  checkPem(findings, valueOf(resource, 'ca.crt'), certificate, 'a certificate');
}

interface SecretValue {
  readonly path: FieldPath;
  /** As bytes, one for each character; undefined if there is none. */
  readonly text: string | undefined;
}

/** stringData wins over data. */
function valueOf(resource: Secret, key: string): SecretValue {
  const plain = resource.stringData?.[key];
  if (plain !== undefined) return { path: ['stringData', key], text: plain };
  const encoded = resource.data?.[key];
  return { path: ['data', key], text: encoded === undefined ? undefined : atob(encoded) };
}

function checkPem(findings: Findings, { path, text }: SecretValue, form: RegExp, what: string): void {
  if (text !== undefined && !form.test(text))
    findings.warning(path, `is not ${what} in PEM: connections that need it will fail`, 'it begins with -----BEGIN');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
