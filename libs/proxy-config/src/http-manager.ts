import type { AccessLogConfig } from './access-log.ts';
import type { HttpFilterConfig } from './http-filters.ts';
import type { RouteTableConfig } from './route.ts';
import type { TracingConfig } from './tracing.ts';

/** The network filter that speaks HTTP. Source: Envoy's http_connection_manager.proto */
export interface HttpManagerConfig {
  readonly statPrefix: string;
  /** `auto` tells HTTP/2 by ALPN or by its preface. */
  readonly codec: 'auto' | 'http1' | 'http2';
  /** By RDS name (the listener waits so long for a first answer; 0: for ever), or in place. */
  readonly routes:
    | { readonly kind: 'rds'; readonly name: string; readonly fetchTimeoutMs: number }
    | { readonly kind: 'inline'; readonly table: RouteTableConfig };
  /** In order; the last is the router. */
  readonly filters: readonly HttpFilterConfig[];
  readonly accessLog: readonly AccessLogConfig[];
  /** True at the edge: the peer's address is the client's, and x-forwarded-for is appended. */
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly normalizePath: boolean;
  readonly mergeSlashes: boolean;
  readonly pathWithEscapedSlashes: 'keep' | 'reject' | 'unescape-and-redirect' | 'unescape-and-forward';
  readonly serverHeader: 'overwrite' | 'append-if-absent' | 'pass-through';
  readonly serverName: string;
  readonly forwardClientCert: 'sanitize' | 'forward-only' | 'append-forward' | 'sanitize-set' | 'always-forward-only';
  /** Parts of x-forwarded-client-cert that this proxy writes. */
  readonly clientCertDetails: {
    readonly subject: boolean;
    readonly uri: boolean;
    readonly dns: boolean;
    readonly cert: boolean;
    readonly chain: boolean;
  };
  /** Protocols that a request may upgrade to, lower case, such as `websocket`; `connect` for CONNECT. */
  readonly upgrades: readonly string[];
  /** 0: never. Envoy's defaults: stream 5 min, request 0, headers 0, connection (idle) 1 h, drain 5 s. */
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHeadersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs?: number;
  readonly drainTimeoutMs: number;
  readonly maxRequestsPerConnection?: number;
  readonly maxStreamDurationMs?: number;
  /** Of a whole head, in KiB (60) and fields (100). */
  readonly maxRequestHeadersKb: number;
  readonly maxHeadersCount: number;
  readonly headersWithUnderscores: 'allow' | 'reject' | 'drop';
  readonly http1: Http1Config;
  readonly http2: Http2Config;
  /** Makes x-request-id when there is none. */
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly alwaysSetRequestIdInResponse: boolean;
  readonly via: string;
  readonly skipXffAppend: boolean;
  readonly tracing?: TracingConfig;
  readonly stripMatchingHostPort: boolean;
  readonly stripAnyHostPort: boolean;
}

export interface Http1Config {
  readonly acceptHttp10: boolean;
  readonly defaultHostForHttp10: string;
  readonly allowAbsoluteUrl: boolean;
  readonly enableTrailers: boolean;
}

/** Envoy's defaults since 1.36, for both sides: 1024 streams, windows of 16 MiB for a stream and 24 MiB for a connection. */
export interface Http2Config {
  readonly maxConcurrentStreams: number;
  readonly initialStreamWindowSize: number;
  readonly initialConnectionWindowSize: number;
  readonly hpackTableSize: number;
  readonly allowConnect: boolean;
  readonly connectionKeepalive?: { readonly intervalMs: number; readonly timeoutMs: number };
}
