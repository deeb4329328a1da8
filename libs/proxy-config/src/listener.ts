import type { Address, CidrRange, Metadata } from './address.ts';
import type { HttpManagerConfig } from './http-manager.ts';
import type { RbacFilterConfig } from './rbac.ts';
import type { TcpProxyConfig } from './tcp-proxy.ts';
import type { DownstreamTlsConfig } from './tls.ts';

/** A listener. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/listener/v3/listener.proto */
export interface ListenerConfig {
  readonly name: string;
  /** At least one; the first is the listener's own, the rest `additional_addresses`. */
  readonly addresses: readonly Address[];
  readonly direction: 'inbound' | 'outbound' | 'unspecified';
  /** False: it opens no socket and only takes connections that a `useOriginalDst` listener hands over. */
  readonly bindToPort: boolean;
  /** Hands a connection to the listener that has its original destination as address, if there is one. */
  readonly useOriginalDst: boolean;
  /** In this order. */
  readonly listenerFilters: readonly ListenerFilterConfig[];
  /** How long listener filters may wait for bytes; 0: for ever. Envoy's default is 15,000. */
  readonly listenerFiltersTimeoutMs: number;
  /** When that time is over: go on with what is known (true), or close (false, Envoy's default). */
  readonly continueOnListenerFiltersTimeout: boolean;
  /** The most specific match wins, see {@link FilterChainMatch}. */
  readonly filterChains: readonly FilterChainConfig[];
  /** For connections that no chain matches; without it they are closed. */
  readonly defaultFilterChain?: FilterChainConfig;
  /** Soft limit of the bytes buffered for one connection in each direction. Envoy's default is 1 MiB. */
  readonly perConnectionBufferLimitBytes: number;
  /** Connections here neither count towards the global limit of connections nor are refused because of it. */
  readonly ignoreGlobalConnectionLimit: boolean;
  /** Nothing reads it yet: format commands that would are refused. */
  readonly metadata: Metadata;
}

export type ListenerFilterConfig =
  /** Restores where a redirected connection was going (SO_ORIGINAL_DST). */
  | { readonly kind: 'original-dst'; readonly disabledFor?: ConnectionPredicate }
  /** Reads a ClientHello for SNI and ALPN and tells TLS from plain text, without consuming bytes. */
  | { readonly kind: 'tls-inspector'; readonly disabledFor?: ConnectionPredicate };

/** A condition on a connection's destination port (the original one, when it was restored). */
export type ConnectionPredicate =
  | { readonly kind: 'any' }
  | { readonly kind: 'not'; readonly of: ConnectionPredicate }
  | { readonly kind: 'or' | 'and'; readonly of: readonly ConnectionPredicate[] }
  /** `start` included, `end` not. */
  | { readonly kind: 'destination-port'; readonly start: number; readonly end: number };

export interface FilterChainConfig {
  /** Unique in the listener; generated from its position when xDS names none. */
  readonly name: string;
  readonly match: FilterChainMatch;
  /** Absent: plain text. */
  readonly tls?: DownstreamTlsConfig;
  /** How long the TLS handshake may take; 0: for ever. */
  readonly transportSocketConnectTimeoutMs: number;
  /** Network filters in order; the last one is `http` or `tcp-proxy`, none of the others is. */
  readonly filters: readonly NetworkFilterConfig[];
  /** Nothing reads it yet: format commands that would are refused. */
  readonly metadata: Metadata;
}

/**
 * What a connection must be; empty parts match everything. The chain is found part by part in this order, at each part the most
 * specific matching value of all chains that are left: destination port, destination address, server name, transport protocol, application
 * protocols, source address, source port.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/listener/v3/listener_components.proto#config-listener-v3-filterchainmatch
 */
export interface FilterChainMatch {
  readonly destinationPort?: number;
  readonly destinationRanges: readonly CidrRange[];
  /** Lower case; `*.example.com` is a suffix wildcard. */
  readonly serverNames: readonly string[];
  readonly transportProtocol?: 'tls' | 'raw_buffer';
  readonly applicationProtocols: readonly string[];
  readonly sourceRanges: readonly CidrRange[];
  readonly sourcePorts: readonly number[];
}

export type NetworkFilterConfig =
  | { readonly kind: 'rbac'; readonly name: string; readonly config: RbacFilterConfig }
  | { readonly kind: 'http'; readonly name: string; readonly config: HttpManagerConfig }
  | { readonly kind: 'tcp-proxy'; readonly name: string; readonly config: TcpProxyConfig };
