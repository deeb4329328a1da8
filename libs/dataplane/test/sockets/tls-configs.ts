import type {
  DownstreamTlsConfig,
  SecretConfig,
  SecretReference,
  SubjectAltNameMatch,
  TlsParametersConfig,
  UpstreamTlsConfig,
  ValidationConfig,
} from '@malla/proxy-config';
import type { OddCertificate } from './odd-certificates.ts';

const parameters: TlsParametersConfig = {
  minimumVersion: 'TLSv1.2',
  maximumVersion: 'TLSv1.3',
  cipherSuites: [],
  ecdhCurves: [],
  alpnProtocols: [],
};

export function secretNamed(name: string): SecretReference {
  return { kind: 'sds', name, source: { kind: 'ads' }, fetchTimeoutMs: 15_000 };
}

export function certificateSecret(name: string, { certPem, keyPem }: OddCertificate): SecretConfig {
  return { kind: 'certificate', name, chainPem: certPem, keyPem };
}

export function rootSecret(name: string, trustedCaPem: string): SecretConfig {
  return { kind: 'validation', name, trustedCaPem };
}

export function validationConfig(over: Partial<ValidationConfig> = {}): ValidationConfig {
  return {
    trustedCa: secretNamed('root'),
    subjectAltNames: [],
    certificateHashes: [],
    acceptUntrusted: false,
    ...over,
  };
}

/** Mutual TLS with the secrets `server` and `root`. */
export function downstreamTls(over: Partial<DownstreamTlsConfig> = {}): DownstreamTlsConfig {
  return {
    ...parameters,
    certificate: secretNamed('server'),
    requireClientCertificate: true,
    validation: validationConfig(),
    ...over,
  };
}

/** Mutual TLS with the secrets `client` and `root`. */
export function upstreamTls(over: Partial<UpstreamTlsConfig> = {}): UpstreamTlsConfig {
  return { ...parameters, sni: '', certificate: secretNamed('client'), validation: validationConfig(), ...over };
}

export function uriPrefix(value: string): SubjectAltNameMatch {
  return { type: 'uri', matcher: { kind: 'prefix', value, ignoreCase: false } };
}

export function exactName(type: SubjectAltNameMatch['type'], value: string): SubjectAltNameMatch {
  return { type, matcher: { kind: 'exact', value, ignoreCase: false } };
}
