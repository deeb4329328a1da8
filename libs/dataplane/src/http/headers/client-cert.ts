import type { HeaderList } from '@malla/http-codec';
import type { HttpManagerConfig } from '@malla/proxy-config';
import type { PeerCertificate, TlsInfo } from '../../runtime/connection.ts';

const name = 'x-forwarded-client-cert';

/**
 * x-forwarded-client-cert: what a peer may say of clients before it, and what we say of the peer. Without mutual TLS the field is taken away in every mode but
 * `always-forward-only`, so that nobody can claim an identity. Source: Envoy's ConnectionManagerUtility::mutateXfccRequestHeader.
 */
export class CertificateHeader {
  readonly #mode: HttpManagerConfig['forwardClientCert'];
  readonly #details: HttpManagerConfig['clientCertDetails'];
  /** By connection: the same text for all of its requests. */
  readonly #texts = new WeakMap<TlsInfo, string>();

  constructor(mode: HttpManagerConfig['forwardClientCert'], details: HttpManagerConfig['clientCertDetails']) {
    this.#mode = mode;
    this.#details = details;
  }

  /** @param present the request has the field */
  apply(headers: HeaderList, present: boolean, tls: TlsInfo | undefined): void {
    const mode = this.#mode;
    if (mode === 'always-forward-only') return;
    const peer = tls?.peer;
    if (mode === 'sanitize' || tls === undefined || peer === undefined) {
      if (present) headers.remove(name);
      return;
    }
    if (mode === 'forward-only') return;
    const before = mode === 'append-forward' && present ? headers.get(name) : undefined;
    const own = this.#text(tls, peer);
    headers.set(name, before === undefined ? own : `${before},${own}`);
  }

  #text(tls: TlsInfo, peer: PeerCertificate): string {
    const known = this.#texts.get(tls);
    if (known !== undefined) return known;
    const parts: string[] = [];
    for (const uri of tls.localUriSans) parts.push(`By=${quoted(uri)}`);
    parts.push(`Hash=${peer.sha256}`);
    if (this.#details.cert) parts.push(`Cert="${urlEncodedPem(peer.der)}"`);
    // The proxy knows the leaf alone, so the chain is the leaf.
    if (this.#details.chain) parts.push(`Chain="${urlEncodedPem(peer.der)}"`);
    if (this.#details.subject) parts.push(`Subject="${peer.subject}"`);
    if (this.#details.uri)
      parts.push(peer.uriSans.length === 0 ? 'URI=' : peer.uriSans.map((uri) => `URI=${quoted(uri)}`).join(';'));
    if (this.#details.dns) for (const dns of peer.dnsSans) parts.push(`DNS=${quoted(dns)}`);
    const text = parts.join(';');
    this.#texts.set(tls, text);
    return text;
  }
}

/**
 * A name that could be read as more than itself, in quotes. Envoy writes it as it is, against its own description of the field, so that a certificate could say
 * who another one is.
 */
function quoted(name: string): string {
  return /[,;"\\]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name;
}

/** PEM with what Envoy escapes: line feeds, spaces, `+`, `/` and `=`. */
export function urlEncodedPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return pem.replaceAll(
    /[\n +/=]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
