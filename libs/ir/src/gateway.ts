import type { Origin } from './origin.ts';

/** What a gateway proxy (role `router`) listens for: its Gateways merged by port. Equal for all proxies in an equal scope; addresses come last. */
export interface GatewayIr {
  readonly ports: readonly GatewayPortIr[];
}

/** One port of a gateway proxy. */
export interface GatewayPortIr {
  /** Where the proxy listens: the target port of its Service where there is one, else the port of the Gateway. */
  readonly port: number;
  /** The one address that it listens on; absent: all. */
  readonly bind?: string;
  /** At least one. */
  readonly chains: readonly GatewayChainIr[];
}

/** Connections that one server of a Gateway takes. */
export interface GatewayChainIr {
  /** Unique in its port. */
  readonly name: string;
  /** Server names of TLS (exact or `*.suffix`, lower case) that lead here; empty: every connection that no other chain takes. */
  readonly serverNames: readonly string[];
  /** TLS: `ended` with {@link tls}, `passed` on as it is, or `none` (plain text). */
  readonly transport: 'none' | 'ended' | 'passed';
  /** Present when TLS is ended. */
  readonly tls?: ServerTlsIr;
  readonly target: GatewayTargetIr;
  /** The Gateway; the VirtualService for TLS that is passed on. */
  readonly origin: Origin;
}

/** What carries the connections of a chain. */
export type GatewayTargetIr =
  /** HTTP, routes by RDS. */
  | { readonly kind: 'http'; readonly routeConfig: string }
  /** Bytes; weights above 0, relative to their sum. */
  | { readonly kind: 'tcp'; readonly clusters: readonly { readonly cluster: string; readonly weight: number }[] };

/** How a server ends TLS. */
export interface ServerTlsIr {
  /** SDS name of its certificate; absent: the workload's own, of the mesh. */
  readonly certificateSecret?: string;
  /** Absent: clients show no certificate. */
  readonly client?: ClientVerificationIr;
  /** Default 1.2. */
  readonly minVersion?: TlsVersionIr;
  /** Default 1.3. */
  readonly maxVersion?: TlsVersionIr;
  /** OpenSSL's names, up to TLS 1.2; empty: the proxy's own. */
  readonly cipherSuites: readonly string[];
}

/** What a server asks of its clients' certificates. */
export interface ClientVerificationIr {
  /** A client without a certificate is refused. */
  readonly required: boolean;
  /** SDS name of the roots; absent: those of the mesh. */
  readonly caSecret?: string;
  /** Certificates must have one of these names (DNS, URI or address); empty: any name, with the mesh's roots any of its trust domains. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of certificates, lower-case hexadecimal, of which one must match; empty: any. */
  readonly certificateHashes: readonly string[];
}

export type TlsVersionIr = '1.2' | '1.3';
