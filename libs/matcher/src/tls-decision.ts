import type { ClientTlsIr, DestinationIr, EndpointIr } from '@malla/ir';

/** What the caller's proxy speaks to one endpoint. */
export type Transport =
  | { readonly kind: 'plain' }
  /** TLS of the client that passes through. */
  | { readonly kind: 'client' }
  /** Mutual TLS with the mesh's certificates. */
  | { readonly kind: 'mesh'; readonly sni: string; readonly subjectAltNames: readonly string[] }
  /** TLS to something outside the mesh's identities. */
  | Extract<ClientTlsIr, { kind: 'origination' }>;

/** Decides the transport: auto mutual TLS looks at the endpoint, everything else at the destination alone. */
export function decideTransport(destination: DestinationIr, endpoint: EndpointIr): Transport {
  const { tls } = destination;
  switch (tls.kind) {
    case 'auto':
      return endpoint.mutualTls
        ? { kind: 'mesh', sni: tls.sni, subjectAltNames: tls.subjectAltNames }
        : { kind: 'plain' };
    case 'mesh':
      return { kind: 'mesh', sni: tls.sni, subjectAltNames: tls.subjectAltNames };
    case 'plain':
      return { kind: 'plain' };
    case 'origination':
      return tls;
  }
}
