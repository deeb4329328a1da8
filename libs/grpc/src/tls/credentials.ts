import type { PeerCertificate } from 'node:tls';
import { ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import { spiffeIdOfNames } from '../server/peer-identity.ts';
import type { IdentitySource } from './identity-source.ts';
import { SourceProvider } from './source-provider.ts';

/** Whether a server turns away clients that show no certificate of our roots, or serves them as nobody. */
export type ClientCertificates = 'required' | 'optional';

/**
 * Server credentials that follow an identity source: new connections get the newest certificate and are checked against the newest roots;
 * connections that are open stay. With `optional`, a call's `peer` is undefined for clients without a good certificate.
 */
export function serverCredentials(source: IdentitySource, clients: ClientCertificates): ServerCredentials {
  const provider = new SourceProvider(source);
  // The parameters are named the other way round in 1.14.7: the identity comes first.
  return experimental.createCertificateProviderServerCredentials(provider, provider, clients === 'required');
}

/** Channel credentials that follow an identity source, to servers that are one of the expected SPIFFE ids. */
export function channelCredentials(source: IdentitySource, expected: readonly string[]): ChannelCredentials {
  const provider = new SourceProvider(source);
  return experimental.createCertificateProviderChannelCredentials(provider, provider, {
    checkServerIdentity: serverCheck(expected),
  });
}

/** Channel credentials of a client that has no identity yet: it checks the server, and shows nothing of itself. */
export function anonymousChannelCredentials(roots: string, expected: readonly string[]): ChannelCredentials {
  return ChannelCredentials.createSsl(Buffer.from(roots), null, null, { checkServerIdentity: serverCheck(expected) });
}

/** In a mesh a server is who its SPIFFE id says; the host name that led to it proves nothing. */
function serverCheck(expected: readonly string[]): (host: string, certificate: PeerCertificate) => Error | undefined {
  return (host, certificate) => {
    const found = spiffeIdOfNames(certificate.subjectaltname);
    if (found !== undefined && expected.includes(found)) return undefined;
    return new Error(`the server at ${host} is ${found ?? 'nobody'}, not ${expected.join(' or ')}`);
  };
}
