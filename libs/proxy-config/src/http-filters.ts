import type { HeaderMatch, StringMatch } from './string-match.ts';
import type { RbacFilterConfig, RbacRules } from './rbac.ts';
import type { RateLimitPolicy } from './rate-limit.ts';

/** HTTP filters that the built-in data plane has. `name` is the key of per-route configuration. */
export type HttpFilterConfig = { readonly name: string; readonly disabled: boolean } & (
  | { readonly kind: 'router'; readonly config: RouterFilterConfig }
  | { readonly kind: 'fault'; readonly config: FaultFilterConfig }
  | { readonly kind: 'rbac'; readonly config: RbacFilterConfig }
  | { readonly kind: 'cors'; readonly config: Record<string, never> }
  | { readonly kind: 'header-to-metadata'; readonly config: HeaderToMetadataConfig }
  | { readonly kind: 'grpc-stats'; readonly config: GrpcStatsConfig }
  | { readonly kind: 'local-rate-limit'; readonly config: LocalRateLimitConfig }
  | { readonly kind: 'rate-limit'; readonly config: RateLimitFilterConfig }
  | { readonly kind: 'ext-authz'; readonly config: ExtAuthzConfig }
);

/** Per-route configuration by filter name; merged virtual host, then route, then weighted cluster: the most specific alone counts. */
export type PerFilterConfig =
  | { readonly kind: 'disabled' }
  | { readonly kind: 'fault'; readonly config: FaultFilterConfig }
  | { readonly kind: 'rbac'; readonly rules?: RbacRules; readonly shadowRules?: RbacRules }
  | { readonly kind: 'cors'; readonly config: CorsConfig }
  | { readonly kind: 'local-rate-limit'; readonly config: LocalRateLimitConfig }
  | {
      readonly kind: 'rate-limit';
      readonly domain?: string;
      readonly includeVirtualHost: 'override' | 'include' | 'ignore';
      /** In place of the policies of route and virtual host, whatever their stage; empty: those count. */
      readonly policies: readonly RateLimitPolicy[];
    }
  | { readonly kind: 'ext-authz'; readonly contextExtensions: Readonly<Record<string, string>> };

export interface RouterFilterConfig {
  readonly suppressEnvoyHeaders: boolean;
}

export interface FaultFilterConfig {
  /** Percentages 0 to 100. */
  readonly delay?: { readonly ms: number; readonly percent: number };
  readonly abort?:
    | { readonly httpStatus: number; readonly percent: number }
    | { readonly grpcStatus: number; readonly percent: number };
  /** All must match; empty: every request. */
  readonly headers: readonly HeaderMatch[];
  readonly maxActiveFaults?: number;
}

/** Request headers that become texts in dynamic metadata. */
export interface HeaderToMetadataConfig {
  readonly rules: readonly {
    /** Lower case. */
    readonly header: string;
    readonly namespace: string;
    readonly key: string;
    /** Take the header off the request. */
    readonly remove: boolean;
  }[];
}

export interface GrpcStatsConfig {
  /** Messages of each call are counted for access logs. */
  readonly emitFilterState: boolean;
}

export interface CorsConfig {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials?: boolean;
  readonly forwardNotMatchingPreflights: boolean;
}

export interface LocalRateLimitConfig {
  readonly statPrefix: string;
  /** Absent: unlimited. */
  readonly bucket?: { readonly maxTokens: number; readonly tokensPerFill: number; readonly fillIntervalMs: number };
  /** Percentages 0 to 100; both 0 by default. */
  readonly enabledPercent: number;
  readonly enforcedPercent: number;
  readonly status: number;
  readonly responseHeadersToAdd: readonly (readonly [name: string, value: string])[];
  readonly perConnection: boolean;
}

/** A gRPC service behind a cluster. */
export interface GrpcServiceConfig {
  readonly cluster: string;
  /** What calls say they are for; default the name of the cluster. */
  readonly authority?: string;
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly initialMetadata: readonly (readonly [name: string, value: string])[];
}

export interface RateLimitFilterConfig {
  readonly domain: string;
  /** Policies of this stage alone are asked for. */
  readonly stage: number;
  readonly service: GrpcServiceConfig;
  readonly timeoutMs: number;
  readonly failClosed: boolean;
  readonly rateLimitedAsResourceExhausted: boolean;
  readonly statusOnError: number;
  readonly rateLimitedStatus: number;
  readonly xRateLimitHeaders: boolean;
}

export interface ExtAuthzConfig {
  readonly service:
    | { readonly kind: 'grpc'; readonly grpc: GrpcServiceConfig }
    | {
        readonly kind: 'http';
        readonly cluster: string;
        readonly host: string;
        readonly timeoutMs: number;
        readonly pathPrefix: string;
        readonly requestHeadersToAdd: readonly (readonly [name: string, value: string])[];
        readonly allowedUpstreamHeaders: readonly StringMatch[];
        readonly allowedClientHeaders: readonly StringMatch[];
        readonly allowedClientHeadersOnSuccess: readonly StringMatch[];
      };
  /** Request headers that go to the service; empty: all (gRPC) or Envoy's few (HTTP). */
  readonly allowedHeaders: readonly StringMatch[];
  readonly disallowedHeaders: readonly StringMatch[];
  readonly failureModeAllow: boolean;
  readonly failureModeAllowHeaderAdd: boolean;
  readonly statusOnError: number;
  readonly withRequestBody?: { readonly maxBytes: number; readonly allowPartial: boolean; readonly asBytes: boolean };
  /** Only requests whose dynamic metadata matches are asked about; absent: all. */
  readonly enabledBy?: { readonly namespace: string; readonly key: string; readonly match: StringMatch };
  /** The route is chosen again when the service has changed the request. */
  readonly clearRouteCache: boolean;
  readonly includePeerCertificate: boolean;
  readonly statPrefix: string;
}
