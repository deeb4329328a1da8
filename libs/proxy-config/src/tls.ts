import type { StringMatch } from './string-match.ts';

export type TlsVersion = 'TLSv1.0' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Where a secret comes from: by ADS from discovery, by SDS from the agent (or any other gRPC cluster), or given in place. */
export type SecretReference =
  | {
      readonly kind: 'sds';
      readonly name: string;
      /** `ads`, or the cluster that serves SDS. */
      readonly source: { readonly kind: 'ads' } | { readonly kind: 'cluster'; readonly cluster: string };
      /** How long its user waits for a first answer before it goes on without; 0: for ever. */
      readonly fetchTimeoutMs: number;
    }
  | { readonly kind: 'inline'; readonly secret: SecretConfig };

/** A secret as delivered. Holds private keys: never log, never dump without redaction. */
export type SecretConfig =
  | { readonly kind: 'certificate'; readonly name: string; readonly chainPem: string; readonly keyPem: string }
  | { readonly kind: 'validation'; readonly name: string; readonly trustedCaPem: string };

/** Common to both directions. */
export interface TlsParametersConfig {
  readonly minimumVersion: TlsVersion;
  readonly maximumVersion: TlsVersion;
  /** OpenSSL names, for TLS 1.2 and below; empty: the library's defaults. */
  readonly cipherSuites: readonly string[];
  /** Curves in order of preference; empty: the library's defaults. */
  readonly ecdhCurves: readonly string[];
  /** In order of preference; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
}

/** What the peer's certificate must be. */
export interface ValidationConfig {
  /** Roots; absent: the chain is not checked (Envoy's behaviour without `trusted_ca`). */
  readonly trustedCa?: SecretReference;
  /** Any one suffices; empty: every name is fine. */
  readonly subjectAltNames: readonly SubjectAltNameMatch[];
  /** SHA-256 of the whole certificate in lower-case hexadecimal; any one suffices. */
  readonly certificateHashes: readonly string[];
  /** Accepts a chain that ends elsewhere (Envoy's trust_chain_verification ACCEPT_UNTRUSTED). */
  readonly acceptUntrusted: boolean;
}

export interface SubjectAltNameMatch {
  readonly type: 'uri' | 'dns' | 'ip' | 'email';
  readonly matcher: StringMatch;
}

export interface DownstreamTlsConfig extends TlsParametersConfig {
  /** Exactly one. */
  readonly certificate: SecretReference;
  readonly requireClientCertificate: boolean;
  readonly validation?: ValidationConfig;
}

export interface UpstreamTlsConfig extends TlsParametersConfig {
  /** Server name to ask for; empty: none. */
  readonly sni: string;
  /** Absent: no client certificate. */
  readonly certificate?: SecretReference;
  readonly validation?: ValidationConfig;
}
