import type { FieldPath, Secret } from '@malla/model';
import type { Findings } from '../findings.ts';

const keyName = /^[-._a-zA-Z0-9]{1,253}$/;
const certificate = /^\s*(?:[^-][^\n]*\n|\s*\n)*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;
const privateKey = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/;

/** Checks a Secret. Messages never carry its values. Only the form of PEM is checked here; whether the pair fits is known in use. */
export function checkSecret(findings: Findings, resource: Secret): void {
  for (const field of ['data', 'stringData'] as const) {
    for (const key of Object.keys(resource[field] ?? {})) {
      if (!keyName.test(key))
        findings.error([field, key], 'the key must have letters, digits, "-", "_" and "." only', 'rename the key');
    }
  }
  const tls = resource.type === 'kubernetes.io/tls';
  checkPem(findings, valueOf(resource, 'tls.crt'), { form: certificate, what: 'a certificate', required: tls });
  checkPem(findings, valueOf(resource, 'tls.key'), {
    form: privateKey,
    what: 'an unencrypted private key',
    required: tls,
  });
  checkPem(findings, valueOf(resource, 'ca.crt'), { form: certificate, what: 'a certificate', required: false });
}

interface SecretValue {
  readonly path: FieldPath;
  readonly text: string | undefined;
}

/** stringData wins over data. */
function valueOf(resource: Secret, key: string): SecretValue {
  const plain = resource.stringData?.[key];
  if (plain !== undefined) return { path: ['stringData', key], text: plain };
  const encoded = resource.data?.[key];
  return { path: ['data', key], text: encoded === undefined ? undefined : atob(encoded) };
}

function checkPem(
  findings: Findings,
  value: SecretValue,
  wanted: { form: RegExp; what: string; required: boolean },
): void {
  if (value.text === undefined || value.text === '') {
    if (wanted.required)
      findings.error(value.path, 'is required in a Secret of type kubernetes.io/tls', `give ${wanted.what}`);
  } else if (!wanted.form.test(value.text)) {
    findings.error(value.path, `must be ${wanted.what} in PEM`, 'it begins with -----BEGIN');
  }
}
