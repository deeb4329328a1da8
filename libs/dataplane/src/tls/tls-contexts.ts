import { hash, hkdfSync, randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type SecureVersion } from 'node:tls';
import type { SecretReference, TlsParametersConfig, TlsVersion, ValidationConfig } from '@malla/proxy-config';
import type { PeerCertificate } from '../runtime/connection.ts';
import { CertificateReader } from './peer-certificate.ts';
import type { SecretStore } from './secret-store.ts';

/** Secrets and parameters, ready for handshakes. */
export interface TlsContext {
  readonly context: SecureContext;
  /** Our own certificate's; empty without one. */
  readonly own: Pick<PeerCertificate, 'uriSans' | 'subject'>;
}

/** What a context is made from. */
export interface TlsContextConfig extends TlsParametersConfig {
  readonly certificate?: SecretReference | undefined;
  readonly validation?: ValidationConfig | undefined;
  readonly requireClientCertificate?: boolean;
}

export interface TlsContextsParams {
  readonly secrets: SecretStore;
  /** Told of secrets that cannot be used; the text has no secret in it. */
  readonly onBroken: (message: string) => void;
  /** Same in all workers: then a client's session goes on in any of them. Random by default. */
  readonly ticketSeed?: Uint8Array;
}

/** More than a proxy has at once; old ones leave first. */
const mostContexts = 256;
const nobody = { uriSans: [], subject: '' };

/** Makes contexts and remembers them by content: filter chains with the same TLS settings share one. */
export class TlsContexts {
  readonly certificates = new CertificateReader();
  readonly #params: TlsContextsParams;
  readonly #ticketSeed: Uint8Array;
  readonly #known = new Map<string, TlsContext | undefined>();

  constructor(params: TlsContextsParams) {
    this.#params = params;
    this.#ticketSeed = params.ticketSeed ?? randomBytes(32);
  }

  get version(): number {
    return this.#params.secrets.version;
  }

  /** Undefined while a secret that the configuration names is missing or broken. */
  get(config: TlsContextConfig, side: 'server' | 'client'): TlsContext | undefined {
    const { secrets } = this.#params;
    const certificate = config.certificate && secrets.certificate(config.certificate);
    if (config.certificate !== undefined && certificate === undefined) return undefined;
    const caReference = config.validation?.trustedCa;
    const trustedCa = caReference && secrets.trustedCa(caReference);
    if (caReference !== undefined && trustedCa === undefined) return undefined;
    const material = { chain: certificate?.chainPem, key: certificate?.keyPem, trustedCa };
    const key = hash('sha256', JSON.stringify([side, config, material]), 'hex');
    if (this.#known.has(key)) return this.#known.get(key);
    const made = this.#make(config, material, key);
    if (this.#known.size >= mostContexts) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, made);
    return made;
  }

  #make(config: TlsContextConfig, { chain, key, trustedCa }: Material, id: string): TlsContext | undefined {
    try {
      const context = createSecureContext({
        // An empty list, so that the roots of the system are not loaded.
        ca: trustedCa === undefined ? [] : [trustedCa],
        // As Envoy: a trusted intermediate, or a leaf that is trusted itself, ends a chain.
        allowPartialTrustChain: true,
        minVersion: versionName(config.minimumVersion),
        maxVersion: versionName(config.maximumVersion),
        // Sessions belong to these secrets and rules: with others they are worth nothing.
        sessionIdContext: id.slice(0, 32),
        ticketKeys: this.#ticketKeys(id),
        ...(chain !== undefined && key !== undefined && { cert: chain, key }),
        ciphers: cipherList(config.cipherSuites),
        // As Envoy's listeners without `prefer_client_ciphers`; clients have no use for it.
        honorCipherOrder: true,
        ...(config.ecdhCurves.length > 0 && { ecdhCurve: config.ecdhCurves.map(curveName).join(':') }),
      });
      return { context, own: chain === undefined ? nobody : this.certificates.read(new X509Certificate(chain)) };
    } catch (error) {
      this.#params.onBroken(error instanceof Error ? error.message : 'unusable secret');
      return undefined;
    }
  }

  #ticketKeys(id: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#ticketSeed, Buffer.from(id, 'hex'), 'malla tls ticket keys', 48));
  }
}

interface Material {
  readonly chain: string | undefined;
  readonly key: string | undefined;
  readonly trustedCa: string | undefined;
}

/**
 * Suites of TLS 1.3 in BoringSSL's order for processors that have AES: 128 bits first, which OpenSSL, whose order is another, then also chooses. It is a
 * quarter cheaper for each byte, and what two Envoys agree on.
 */
const tls13Suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const;

/** The list is for TLS 1.2; TLS 1.3 keeps its own suites, as in Envoy. `[A|B]` is BoringSSL's group of equals. Empty: the library's list. */
function cipherList(suites: readonly string[]): string {
  const named = suites.flatMap((suite) => suite.replaceAll(/[[\]]/g, '').split('|'));
  const others = suites.length > 0 ? named : DEFAULT_CIPHERS.split(':');
  return [...tls13Suites, ...others.filter((name) => !name.startsWith('TLS_'))].join(':');
}

function versionName(version: TlsVersion): SecureVersion {
  return version === 'TLSv1.0' ? 'TLSv1' : version;
}

/** BoringSSL knows curves by names that OpenSSL knows too, but for one. */
function curveName(name: string): string {
  return name === 'X25519_MLKEM768' ? 'X25519MLKEM768' : name;
}
