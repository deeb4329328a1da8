import {
  credentialCaSecretName,
  credentialSecretName,
  type ClientVerificationIr,
  type ServerTlsIr,
  type TlsVersionIr,
} from '@malla/ir';
import type { ServerTlsSettings } from '@malla/model';

/** Suites that proxies know; others are left out, as in Istio. Source: Istio pkg/config/security, FilterCipherSuites */
const knownCipherSuites: ReadonlySet<string> = new Set([
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA'],
]);

const versions: Readonly<Record<string, TlsVersionIr>> = { TLSV1_2: '1.2', TLSV1_3: '1.3' };

/** How a server ends TLS; undefined when it does not. Source: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings */
export function resolveServerTls(tls: ServerTlsSettings): ServerTlsIr | undefined {
  const { mode = 'PASSTHROUGH', credentialName } = tls;
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') return undefined;
  const minVersion = versions[tls.minProtocolVersion ?? ''];
  const maxVersion = versions[tls.maxProtocolVersion ?? ''];
  const client = clientVerification(mode, tls);
  return {
    // Without a name there is no such secret, and connections fail.
    ...(mode === 'ISTIO_MUTUAL' ? {} : { certificateSecret: credentialSecretName(credentialName ?? '') }),
    ...(client === undefined ? {} : { client }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    cipherSuites: (tls.cipherSuites ?? []).filter((suite) => knownCipherSuites.has(suite)),
  };
}

function clientVerification(
  mode: NonNullable<ServerTlsSettings['mode']>,
  { credentialName = '', subjectAltNames = [], verifyCertificateHash = [] }: ServerTlsSettings,
): ClientVerificationIr | undefined {
  if (mode === 'SIMPLE') return undefined;
  return {
    required: mode !== 'OPTIONAL_MUTUAL',
    ...(mode === 'ISTIO_MUTUAL' ? {} : { caSecret: credentialCaSecretName(credentialName) }),
    subjectAltNames,
    certificateHashes: verifyCertificateHash.map((hash) => hash.replaceAll(':', '').toLowerCase()),
  };
}
