import type { TLSSocket } from 'node:tls';
import type { ValidationConfig } from '@malla/proxy-config';
import type { PeerCertificate, TlsInfo } from '../runtime/connection.ts';
import { chainRefusal, nameRefusal } from './failure-text.ts';
import { compileNames, hasName, type NamesMatch } from './name-match.ts';
import type { CertificateFacts, CertificateReader } from './peer-certificate.ts';

/** What is wrong with a peer, as Envoy's `ssl.fail_verify_*` statistics have it; `reason` says it in words. */
export interface PeerRefusal {
  readonly failure: 'error' | 'no-cert' | 'san' | 'hash';
  readonly reason: string;
}

export interface PeerCheckParams {
  readonly validation: ValidationConfig | undefined;
  /** A connection without a certificate is refused. */
  readonly required: boolean;
  readonly certificates: CertificateReader;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

/**
 * Checks certificates of peers after the handshake, by Envoy's rules: the chain if there are roots, then names, then hashes. The handshake itself lets
 * everything pass, so nobody may use a connection before this.
 * Source: Envoy's DefaultCertValidator::doVerifyCertChain and verifyCertificate.
 */
export class PeerCheck {
  /** The server has to ask for a certificate. */
  readonly asks: boolean;
  readonly #params: PeerCheckParams;
  readonly #names: NamesMatch | undefined;
  readonly #hashes: ReadonlySet<string>;

  constructor(params: PeerCheckParams) {
    const { validation, required } = params;
    this.#params = params;
    this.#names = compileNames(validation?.subjectAltNames ?? []);
    this.#hashes = new Set(validation?.certificateHashes);
    this.asks =
      required ||
      validation?.trustedCa !== undefined ||
      validation?.acceptUntrusted === true ||
      this.#names !== undefined ||
      this.#hashes.size > 0;
  }

  /** The peer's certificate (undefined: it has shown none, which is fine), or why it is refused. `name` has to be there besides configured ones. */
  check(socket: TLSSocket, name?: string): PeerRefusal | { readonly certificate: CertificateFacts | undefined } {
    const { required, certificates, validation } = this.#params;
    const shown = this.asks ? socket.getPeerX509Certificate() : undefined;
    if (shown === undefined) {
      return required
        ? { failure: 'no-cert', reason: 'peer did not return a certificate' }
        : { certificate: undefined };
    }
    const certificate = certificates.read(shown);
    const refusal = this.#refusal(socket, certificate, name);
    return refusal === undefined || validation?.acceptUntrusted === true ? { certificate } : refusal;
  }

  #refusal(socket: TLSSocket, certificate: CertificateFacts, name: string | undefined): PeerRefusal | undefined {
    const { validation, now } = this.#params;
    if (validation?.trustedCa !== undefined) {
      const reason = chainError(socket) ?? outOfDate(certificate, now());
      if (reason !== undefined) return { failure: 'error', reason: chainRefusal(reason) };
    }
    if (name !== undefined && !hasName(certificate, name)) {
      return { failure: 'san', reason: nameRefusal(certificate) };
    }
    if (this.#names?.(certificate) === false) {
      return { failure: 'san', reason: nameRefusal(certificate) };
    }
    if (this.#hashes.size > 0 && !this.#hashes.has(certificate.sha256)) {
      return { failure: 'hash', reason: 'cert hash and spki' };
    }
    return undefined;
  }
}

/** Facts of an established connection, for logs, headers and policies. */
export function tlsInfo(
  socket: TLSSocket,
  own: Pick<PeerCertificate, 'uriSans' | 'subject'>,
  peer: PeerCertificate | undefined,
): TlsInfo {
  // `servername` is null or false without one, whatever the types say.
  const { servername, alpnProtocol } = socket as { servername?: unknown; alpnProtocol?: unknown };
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    alpn: typeof alpnProtocol === 'string' ? alpnProtocol : '',
    sni: typeof servername === 'string' ? servername.toLowerCase() : '',
    localUriSans: own.uriSans,
    localSubject: own.subject,
    ...(peer && { peer }),
  };
}

/** A resumed session does not look at the dates again: it would outlive its certificate. */
function outOfDate({ validFrom, validTo }: CertificateFacts, now: number): string | undefined {
  if (now > validTo) return 'certificate has expired';
  return now < validFrom ? 'certificate is not yet valid' : undefined;
}

interface Verifying {
  readonly _handle?: { readonly verifyError?: () => Error | null | undefined } | null;
}

/** What the library found wrong with the chain. Anything unexpected is wrong too. */
function chainError(socket: TLSSocket): string | undefined {
  const handle = (socket as unknown as Verifying)._handle;
  if (typeof handle?.verifyError !== 'function') return 'unspecified certificate verification error';
  return handle.verifyError()?.message;
}
