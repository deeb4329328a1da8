import type { ClusterConfig } from '@malla/proxy-config';
import type { Transport, TransportReader } from '@malla/http-codec';
import type { CircuitBreakers, Host, PickContext } from '@malla/balancing';
import type { ConnectionInfo, SocketEnd, TlsInfo } from './connection.ts';

/** A connection to a host of a cluster, ready for bytes. */
export interface UpstreamConnection {
  readonly transport: Transport;
  readonly remote: SocketEnd;
  readonly local: SocketEnd;
  readonly tls?: TlsInfo;
  readonly host: Host;
}

/** Why a connection could not be made; the words are Envoy's. `detail` is for UPSTREAM_TRANSPORT_FAILURE_REASON. */
export interface ConnectFailure {
  readonly kind: 'refused' | 'timeout' | 'tls' | 'unreachable';
  readonly detail: string;
}

export interface ConnectHandler {
  /** Returns the reader of the connection's bytes. */
  onConnected(connection: UpstreamConnection): TransportReader;
  onFailed(failure: ConnectFailure): void;
}

export interface ConnectParams {
  readonly host: Host;
  /** Overrides the cluster's own (auto SNI): server name, and name to check in the certificate. */
  readonly serverName?: string;
  readonly verifyName?: string;
  /** Overrides the cluster's ALPN. */
  readonly alpn?: readonly string[];
  readonly handler: ConnectHandler;
}

/** A cluster at work. One object for the life of a cluster's configuration; endpoints change inside it. */
export interface ClusterRuntime {
  readonly name: string;
  readonly config: ClusterConfig;
  /** A host for a request or connection; undefined when none is healthy. For original-dst clusters `downstream` tells where to. */
  pick(context: PickContext & { readonly downstream?: ConnectionInfo }): Host | undefined;
  /** Connects within the cluster's connect timeout; returns the way to give it up. Counts upstream_cx_* statistics. */
  connect(params: ConnectParams): () => void;
  readonly limits: CircuitBreakers;
  /** Feeds outlier detection. */
  report(host: Host, result: HostResult): void;
  /** A host has gone (endpoints or cluster removed, or ejected, or failed its health check): its pools drain. Returns the way to stop listening. */
  onHostGone(listener: (host: Host) => void): () => void;
  /** Removed or replaced: pools drain, new requests do not come. */
  onClosed(listener: () => void): () => void;
}

/** What an exchange or a connection told about a host. Source: Envoy's outlier detection. */
export type HostResult =
  /** An HTTP status; gRPC statuses are mapped to HTTP by the caller. */
  | { readonly kind: 'status'; readonly status: number }
  /** `connect-final`: connected, and nothing more will be told (TCP); `connect-success`: a response will tell more. */
  | {
      readonly kind:
        'connect-success' | 'connect-final' | 'connect-failed' | 'connect-timeout' | 'reset' | 'request-timeout';
    };

/** The clusters of a worker. */
export interface Clusters {
  get(name: string): ClusterRuntime | undefined;
}
