import type { AccessLogType, Metadata } from '@malla/proxy-config';
import type { SocketEnd, TlsInfo } from './connection.ts';

/**
 * All that an access log can tell of a request or a TCP connection; plain data. Times are milliseconds after `startedAt`; absent: it did not come
 * to that.
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
    readonly tls?: TlsRecord | undefined;
    readonly requestedServerName: string;
  };
  readonly upstream?: UpstreamRecord | undefined;
  readonly routeName: string;
  readonly virtualClusterName?: string;
  readonly responseCodeDetails: string;
  readonly connectionTerminationDetails?: string | undefined;
  /** Bytes of bodies (HTTP) or of the connection (TCP): from the client, and to it. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly http?: HttpRecord | undefined;
  readonly timings: {
    readonly lastDownstreamRxMs?: number | undefined;
    readonly firstUpstreamTxMs?: number | undefined;
    readonly lastUpstreamTxMs?: number | undefined;
    readonly firstUpstreamRxMs?: number | undefined;
    readonly lastUpstreamRxMs?: number | undefined;
    readonly firstDownstreamTxMs?: number | undefined;
    readonly lastDownstreamTxMs?: number | undefined;
  };
}

/** Without the certificate itself. */
export type TlsRecord = Omit<TlsInfo, 'peer'> & { readonly peer?: Omit<NonNullable<TlsInfo['peer']>, 'der'> };

export interface UpstreamRecord {
  readonly cluster: string;
  readonly remote?: SocketEnd | undefined;
  readonly local?: SocketEnd | undefined;
  readonly transportFailure?: string | undefined;
  readonly tls?: TlsRecord | undefined;
  readonly attempts: number;
  /** Metadata of the endpoint, for loggers of this thread. */
  readonly hostMetadata?: Metadata | undefined;
}

export interface RecordedFields {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

export interface HttpRecord {
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';
  readonly method: string;
  readonly path: string;
  readonly originalPath?: string | undefined;
  readonly authority: string;
  readonly scheme: string;
  /** Not copied: the request's own fields. */
  readonly request: RecordedFields;
  readonly response: RecordedFields | undefined;
  readonly trailers: RecordedFields | undefined;
  readonly dynamicMetadata: Metadata | undefined;
  /** 0: no response. */
  readonly status: number;
  readonly requestHeadersBytes: number;
  readonly responseHeadersBytes: number;
}
