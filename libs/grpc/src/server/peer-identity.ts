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

/** Who is at the other end of a connection. */
export interface Peer {
  readonly spiffeId: string | undefined;
  /** End of the certificate, milliseconds since the epoch; undefined without a verified one. */
  readonly expiresAt: number | undefined;
}

/** A call, as far as it leads to its connection. */
export interface PeerCall {
  getAuthContext(): PeerContext & { readonly sslPeerCertificate?: { readonly valid_to?: string } | undefined };
}

const peers = new WeakMap<object, Peer>();

/**
 * The peer of a call. Reading a certificate costs as much as a small call, and a connection never changes its peer (HTTP/2 forbids
 * renegotiation), so it is read once per connection.
 */
export function peerOf(call: PeerCall): Peer {
  const session = sessionOf(call);
  const known = session === undefined ? undefined : peers.get(session);
  if (known !== undefined) return known;
  const context = call.getAuthContext();
  const validTo = context.sslPeerCertificate?.valid_to;
  const peer = { spiffeId: peerIdentity(context), expiresAt: validTo === undefined ? undefined : Date.parse(validTo) };
  if (session !== undefined) peers.set(session, peer);
  return peer;
}

/** The call's HTTP/2 session. grpc-js has no public way to it; where the path changes, every call just reads its certificate again. */
function sessionOf(call: unknown): object | undefined {
  const { call: inner } = call as { call?: { stream?: { session?: object } } };
  return inner?.stream?.session;
}
