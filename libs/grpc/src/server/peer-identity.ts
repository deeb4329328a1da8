import { parseSpiffeId } from '@malla/spiffe';

/** The part of grpc-js' auth context and of Node's certificate that says who the peer is. */
export interface PeerContext {
  readonly sslPeerCertificate?: { readonly subjectaltname?: string | undefined } | undefined;
}

/**
 * The SPIFFE id of a verified peer. The context of an unverified one is empty, so the result is undefined.
 * An X.509-SVID has exactly one URI name (X509-SVID section 2); a certificate with more or other ones names nobody.
 */
export function peerIdentity(context: PeerContext): string | undefined {
  return spiffeIdOfNames(context.sslPeerCertificate?.subjectaltname);
}

/** Finds the one SPIFFE id in a certificate's alternative names as Node prints them: `DNS:a, URI:spiffe://td/x`. */
export function spiffeIdOfNames(names: string | undefined): string | undefined {
  // Node quotes a name that holds a comma or a quote, so a split cannot be fooled by a crafted name.
  const uris = (names ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1) return undefined;
  const text = uri.slice('URI:'.length);
  return parseSpiffeId(text).ok ? text : undefined;
}
