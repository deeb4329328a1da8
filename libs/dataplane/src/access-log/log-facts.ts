import type { AccessLogType, Metadata } from '@malla/proxy-config';
import type { ConnectionInfo, SocketEnd, TlsInfo } from '../runtime/connection.ts';
import type { ClusterConfig } from '@malla/proxy-config';

/** Header fields as access logs read them. */
export interface LogHeaders {
  get(name: string): string | undefined;
  readonly length: number;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** What access logs can tell of a request or a TCP connection. Getters of those who log: nothing is worked out that no logger asks for. */
export interface LogFacts {
  readonly type: AccessLogType;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** Milliseconds, with fractions. */
  readonly durationMs: number;
  /** Envoy's short names, separated by commas; empty: none. */
  readonly flags: string;
  readonly connection: ConnectionInfo;
  /** The client; differs from the connection's peer when x-forwarded-for was trusted (port 0 then). */
  readonly remote: SocketEnd;
  readonly upstream: UpstreamFacts | undefined;
  readonly routeName: string;
  readonly responseCodeDetails: string;
  readonly terminationDetails: string;
  /** Bytes of bodies (HTTP) or of the connection (TCP): from the client, and to it. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Absent for TCP. */
  readonly http: HttpFacts | undefined;
  readonly timings: TimingFacts | undefined;
}

export interface UpstreamFacts {
  /** Name of the cluster, also of one that does not exist. */
  readonly cluster: string;
  readonly config: ClusterConfig | undefined;
  /** `envoy.lb` and others of the endpoint. */
  readonly hostMetadata: Metadata | undefined;
  /** The endpoint that was picked. */
  readonly hostEnd: SocketEnd | undefined;
  /** The other end of the connection; undefined without one. */
  readonly remoteEnd: SocketEnd | undefined;
  readonly local: SocketEnd | undefined;
  readonly tls: TlsInfo | undefined;
  readonly transportFailure: string;
  readonly attempts: number;
}

export interface HttpFacts {
  /** Undefined when the request was too broken to tell. */
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | undefined;
  readonly method: string;
  readonly path: string;
  readonly originalPath: string | undefined;
  readonly authority: string;
  readonly scheme: string;
  readonly request: LogHeaders;
  /** 0: no response. */
  readonly status: number;
  readonly response: LogHeaders | undefined;
  readonly trailers: LogHeaders | undefined;
  readonly routeMetadata: Metadata | undefined;
  readonly dynamicMetadata?: Metadata | undefined;
  /** Messages of a gRPC call, `requests,responses`; undefined: none came, or nobody counts. */
  readonly grpcMessages?: string | undefined;
  /** The request's span, sampled or not; undefined: none. */
  readonly trace?: { readonly traceId: string; readonly spanId: string } | undefined;
}

/** Milliseconds after the start; undefined: it did not come to that. */
export interface TimingFacts {
  readonly lastDownstreamRxMs: number | undefined;
  readonly firstUpstreamTxMs: number | undefined;
  readonly firstUpstreamRxMs: number | undefined;
  readonly lastUpstreamRxMs: number | undefined;
  readonly firstDownstreamTxMs: number | undefined;
  readonly lastDownstreamTxMs: number | undefined;
}
