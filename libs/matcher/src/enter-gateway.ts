import type { ClientVerificationIr, GatewayChainIr, GatewayPortIr, InboundIr, SecretIr, ServerTlsIr } from '@malla/ir';
import { parseSpiffeId } from '@malla/spiffe';
import type { GatewayEntry, Headers } from './request.ts';

/** A connection that reaches a gateway. */
export interface GatewayConnection {
  /** Where it was made to. */
  readonly address: string;
  readonly port: number;
  /** Absent: plain text. */
  readonly tls?: ClientHello;
}

/** What a client says when it begins TLS. */
export interface ClientHello {
  /** Absent: none is named. */
  readonly serverName?: string;
  readonly certificate?: ClientCertificate;
  /** The only version that it speaks; absent: 1.2 and 1.3. */
  readonly version?: '1.2' | '1.3';
  /** The only suite of TLS 1.2 that it speaks; absent: all. */
  readonly cipherSuite?: string;
}

/** As much of a client's certificate as servers may ask for. */
export interface ClientCertificate {
  /** PEM of the CA that signed it; absent: that of the mesh. */
  readonly issuerPem?: string;
  /** DNS names and URIs. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256?: string;
}

/** What a gateway makes of a connection. */
export type GatewayReception =
  | {
      readonly kind: 'entered';
      readonly entry: GatewayEntry;
      /** SDS name of the certificate that it showed; absent in plain text, and for the mesh's own. */
      readonly certificateSecret?: string;
    }
  | { readonly kind: 'refused'; readonly why: string };

/** A gateway proxy as callers meet it. */
export interface GatewayProxy {
  readonly ports: readonly GatewayPortIr[];
  readonly inbound: Pick<InboundIr, 'gateway' | 'authorizers' | 'trustDomains'>;
  readonly secrets: readonly SecretIr[];
  /** PEM of the mesh's CA; only for clients whose certificates say their CA. */
  readonly rootsPem?: string;
}

const noPolicies = { http: { deny: [] }, tcp: { deny: [] } };

/** Decides which chain of a gateway takes a connection, and whether its handshake succeeds: server name, certificates, versions, suites. */
export function enterGateway(gateway: GatewayProxy, { address, port, tls }: GatewayConnection): GatewayReception {
  const listener = gateway.ports.find((one) => one.port === port && (one.bind ?? address) === address);
  if (listener === undefined) return refused(`no Gateway listens on port ${port}`);
  const chain = chainFor(listener.chains, tls);
  if (chain === undefined) return refused(tls === undefined ? 'only TLS is taken' : 'no server has the server name');
  if (chain.transport === 'none' && tls !== undefined) return refused('the port speaks plain text');
  const failure = chain.tls && tls ? handshakeFailure(chain.tls, tls, gateway) : undefined;
  if (failure !== undefined) return refused(failure);
  const { inbound } = gateway;
  const peer = chain.tls?.client && tls?.certificate?.subjectAltNames.find((name) => name.includes('://'));
  const certificateSecret = chain.tls?.certificateSecret;
  return {
    kind: 'entered',
    entry: {
      kind: 'gateway',
      port,
      chain,
      policies: inbound.gateway ?? noPolicies,
      ...(inbound.authorizers && { authorizers: inbound.authorizers }),
      ...(peer === undefined ? {} : { peer }),
    },
    ...(certificateSecret === undefined ? {} : { certificateSecret }),
  };
}

/** What a gateway drops of a stranger's headers, because it says these things itself. */
export function edgeHeaders(headers: Headers): Headers {
  const own = new Set(['x-forwarded-client-cert']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
}

/** Whether a gateway refuses a request for a header name that applications may read as another one. */
export function hasAmbiguousHeader(headers: Headers): boolean {
  return Object.keys(headers).some((name) => name.includes('_'));
}

/** The exact server name, then the longest suffix, then the chain for all. */
function chainFor(chains: readonly GatewayChainIr[], tls: ClientHello | undefined): GatewayChainIr | undefined {
  if (tls === undefined) return chains.find(({ transport }) => transport === 'none');
  const name = tls.serverName?.toLowerCase() ?? '';
  const matched = chains.flatMap((chain) =>
    chain.serverNames.filter((pattern) => covers(pattern, name)).map((pattern) => ({ chain, pattern })),
  );
  matched.sort((a, b) => b.pattern.length - a.pattern.length);
  const exact = matched.find(({ pattern }) => pattern === name);
  return (exact ?? matched[0])?.chain ?? chains.find(({ serverNames }) => serverNames.length === 0);
}

function covers(pattern: string, name: string): boolean {
  return pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : pattern === name;
}

function handshakeFailure(server: ServerTlsIr, client: ClientHello, gateway: GatewayProxy): string | undefined {
  const { certificateSecret, minVersion = '1.2', maxVersion = '1.3', cipherSuites } = server;
  const has = (name: string, kind: SecretIr['kind']) =>
    gateway.secrets.some((secret) => secret.name === name && secret.kind === kind);
  if (certificateSecret !== undefined && !has(certificateSecret, 'certificate')) return 'it has no certificate yet';
  const least = minVersion > (client.version ?? '1.2') ? minVersion : (client.version ?? '1.2');
  const most = maxVersion < (client.version ?? '1.3') ? maxVersion : (client.version ?? '1.3');
  if (least > most) return 'no version of TLS in common';
  const { cipherSuite } = client;
  if (most === '1.2' && cipherSuite !== undefined && cipherSuites.length > 0 && !cipherSuites.includes(cipherSuite))
    return 'no cipher suite in common';
  return server.client && verificationFailure(server.client, client.certificate, gateway);
}

function verificationFailure(
  asked: ClientVerificationIr,
  shown: ClientCertificate | undefined,
  { secrets, inbound, rootsPem }: GatewayProxy,
): string | undefined {
  const { required, caSecret, subjectAltNames, certificateHashes } = asked;
  const roots = caSecret === undefined ? undefined : secrets.find((one) => one.kind === 'ca' && one.name === caSecret);
  if (caSecret !== undefined && roots === undefined) return 'it has no roots yet';
  if (shown === undefined) return required ? 'a client certificate is required' : undefined;
  if (
    roots?.kind === 'ca'
      ? roots.pem.trim() !== shown.issuerPem?.trim()
      : !isOfMesh(shown, inbound.trustDomains, rootsPem)
  )
    return "the client's certificate is of an unknown CA";
  if (subjectAltNames.length > 0 && !subjectAltNames.some((name) => shown.subjectAltNames.includes(name)))
    return "the client's certificate has none of the names";
  if (certificateHashes.length > 0 && !certificateHashes.includes(shown.sha256 ?? ''))
    return "the client's certificate is not one of those";
  return undefined;
}

function isOfMesh(
  { issuerPem = '', subjectAltNames }: ClientCertificate,
  trustDomains: readonly string[],
  rootsPem = '',
): boolean {
  if (issuerPem !== '' && issuerPem.trim() !== rootsPem.trim()) return false;
  return subjectAltNames.some((name) => {
    const parsed = parseSpiffeId(name);
    return parsed.ok && trustDomains.includes(parsed.id.trustDomain);
  });
}

function refused(why: string): GatewayReception {
  return { kind: 'refused', why };
}
