import type { AccessLogType, Metadata } from '@malla/proxy-config';
import type { SocketEnd, TlsInfo } from './connection.ts';

/**
 * All that an access log can tell of a request or a TCP connection; plain data, so that it can cross to another thread (without `der` of
 * certificates). Times are milliseconds after `startedAt`; absent: it did not come to that.
 */
export interface LogRecord {
  readonly type: AccessLogType;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Short names, such as UF, UO, NR; empty: none. Source: Envoy's %RESPONSE_FLAGS%. */
  readonly flags: readonly string[];
  readonly downstream: {
    readonly remote: SocketEnd;
    /** The socket's own peer; differs from `remote` when x-forwarded-for was trusted. */
    readonly directRemote: SocketEnd;
    readonly local: SocketEnd;
    readonly connectionId: number;
    readonly tls?: Omit<TlsInfo, 'peer'> & { readonly peer?: Omit<NonNullable<TlsInfo['peer']>, 'der'> };
    readonly requestedServerName: string;
  };
  readonly upstream?: {
    readonly cluster: string;
    readonly remote?: SocketEnd;
    readonly local?: SocketEnd;
    readonly transportFailure?: string;
    readonly tls?: Omit<TlsInfo, 'peer'> & { readonly peer?: Omit<NonNullable<TlsInfo['peer']>, 'der'> };
    readonly attempts: number;
    /** Metadata of the endpoint, for loggers of this thread. */
    readonly hostMetadata?: Metadata;
  };
  readonly routeName: string;
  readonly virtualClusterName?: string;
  readonly responseCodeDetails: string;
  readonly connectionTerminationDetails?: string;
  /** Bytes of bodies (HTTP) or of the connection (TCP): from the client, and to it. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly http?: {
    readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';
    readonly method: string;
    readonly path: string;
    readonly originalPath?: string;
    readonly authority: string;
    readonly scheme: string;
    readonly requestHeaders: readonly (readonly [string, string])[];
    /** 0: no response. */
    readonly status: number;
    readonly responseHeaders: readonly (readonly [string, string])[];
    readonly responseTrailers: readonly (readonly [string, string])[];
    readonly requestHeadersBytes: number;
    readonly responseHeadersBytes: number;
  };
  readonly timings: {
    readonly lastDownstreamRxMs?: number;
    readonly firstUpstreamTxMs?: number;
    readonly lastUpstreamTxMs?: number;
    readonly firstUpstreamRxMs?: number;
    readonly lastUpstreamRxMs?: number;
    readonly firstDownstreamTxMs?: number;
    readonly lastDownstreamTxMs?: number;
  };
}
