import type { Address, Metadata } from './address.ts';
import type { Http1Config, Http2Config } from './http-manager.ts';
import type { UpstreamTlsConfig } from './tls.ts';

/** A cluster. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/cluster/v3/cluster.proto. Times in milliseconds. */
export interface ClusterConfig {
  readonly name: string;
  /** Where its endpoints come from. */
  readonly discovery:
    | { readonly kind: 'static'; readonly endpoints: EndpointsConfig }
    /** EDS by ADS, under this name; the cluster waits so long for a first answer (0: for ever). */
    | { readonly kind: 'eds'; readonly serviceName: string; readonly fetchTimeoutMs: number }
    /** Names are resolved by DNS, again every `refreshMs`; `strict` keeps all addresses, else the first. */
    | {
        readonly kind: 'dns';
        readonly strict: boolean;
        readonly endpoints: EndpointsConfig;
        readonly refreshMs: number;
        /** `auto`: IPv6 addresses, IPv4 when there are none; `v4-preferred` the other way round. */
        readonly lookupFamily: 'auto' | 'v4-only' | 'v6-only' | 'v4-preferred' | 'all';
        /** Refreshes when the answer says so and not after `refreshMs`. */
        readonly respectTtl: boolean;
      }
    /** Where the connection was going. */
    | { readonly kind: 'original-dst' };
  readonly connectTimeoutMs: number;
  readonly loadBalancer: LoadBalancerConfig;
  /** Percent of healthy endpoints below which all are used; 0: never (Envoy's default is 50). */
  readonly healthyPanicThreshold: number;
  readonly localityWeighted: boolean;
  readonly limits: CircuitBreakerConfig;
  /** Shown, and never reached: routes of high priority are refused. */
  readonly highPriorityLimits: CircuitBreakerConfig;
  readonly outlier?: OutlierConfig;
  readonly healthChecks: readonly HealthCheckConfig[];
  /** First whose labels are all in the endpoint's `envoy.transport_socket_match` metadata; none: `transport`. */
  readonly transportMatches: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly transport: UpstreamTransport;
  }[];
  readonly transport: UpstreamTransport;
  /** How HTTP is spoken to endpoints; absent for clusters with no HTTP options (then HTTP/1.1). */
  readonly http: UpstreamHttpConfig;
  /** Local addresses to connect from, by family; port 0 is any. */
  readonly bindAddresses: readonly string[];
  /** TCP keep-alive: the first probe after so many seconds without traffic, by default when the system says so. Further probes are Node.js' own. */
  readonly keepalive?: { readonly timeSeconds?: number };
  readonly perConnectionBufferLimitBytes: number;
  readonly subsets?: SubsetConfig;
  readonly metadata: Metadata;
  /** Name in statistics; the cluster's own unless `alt_stat_name` says otherwise. */
  readonly statName: string;
}

export type UpstreamTransport = { readonly kind: 'plain' } | { readonly kind: 'tls'; readonly tls: UpstreamTlsConfig };

export interface UpstreamHttpConfig {
  /** `downstream`: what the client speaks; `alpn`: what TLS negotiates. */
  readonly protocol: 'http1' | 'http2' | 'downstream' | 'alpn';
  readonly http1: Http1Config;
  readonly http2: Http2Config;
  /** Of a connection without requests; 0: never. Envoy's default is one hour. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs?: number;
  readonly maxRequestsPerConnection?: number;
  readonly maxHeadersCount: number;
  readonly maxResponseHeadersKb: number;
  /** SNI, and the name to check in the certificate, are the request's host. */
  readonly autoSni: boolean;
  readonly autoSanValidation: boolean;
  /** Set on every request to an endpoint, whatever it had; names in lower case. */
  readonly requestHeaders?: readonly (readonly [name: string, value: string])[];
}

export type LoadBalancerConfig =
  | { readonly kind: 'round-robin'; readonly slowStart?: SlowStartConfig }
  | {
      readonly kind: 'least-request';
      /** Hosts looked at for each pick; 2 by default. */
      readonly choices: number;
      /** How much active requests weigh with unequal weights; 1 by default. */
      readonly activeRequestBias: number;
      readonly slowStart?: SlowStartConfig;
    }
  | { readonly kind: 'random' }
  | {
      readonly kind: 'ring-hash';
      readonly minimumRingSize: number;
      readonly maximumRingSize: number;
      readonly hashFunction: 'xx-hash' | 'murmur-hash-2';
    }
  | { readonly kind: 'maglev'; readonly tableSize: number }
  /** The cluster itself knows: original destination. */
  | { readonly kind: 'cluster-provided' };

export interface SlowStartConfig {
  readonly windowMs: number;
  readonly aggression: number;
  readonly minWeightPercent: number;
}

/** Envoy's defaults: 1024, 1024, 1024, 3; 2^32-1 stands for no limit. */
export interface CircuitBreakerConfig {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  /** Takes the place of `maxRetries`: retries may be so many percent of active requests, but always `minConcurrency`. */
  readonly retryBudget?: { readonly percent: number; readonly minConcurrency: number };
  readonly trackRemaining: boolean;
}

/** Percentages 0 to 100. Source: Envoy's config/cluster/v3/outlier_detection.proto */
export interface OutlierConfig {
  readonly consecutive5xx: number;
  readonly enforcingConsecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly enforcingConsecutiveGatewayFailure: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailure: number;
  readonly enforcingConsecutiveLocalOriginFailure: number;
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  readonly maxEjectionPercent: number;
  readonly maxEjectionTimeJitterMs: number;
}

export interface HealthCheckConfig {
  /** Empty when it is the only one. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  readonly intervalJitterMs: number;
  readonly noTrafficIntervalMs: number;
  readonly check:
    | { readonly kind: 'tcp' }
    | {
        readonly kind: 'http';
        readonly host: string;
        readonly path: string;
        readonly method: string;
        /** `start` included, `end` not; default 200 to 201. */
        readonly expectedStatuses: readonly { readonly start: number; readonly end: number }[];
        readonly http2: boolean;
        readonly requestHeadersToAdd: readonly (readonly [name: string, value: string])[];
      }
    | { readonly kind: 'grpc'; readonly service: string; readonly authority: string };
}

export interface SubsetConfig {
  readonly fallback: 'none' | 'any-endpoint' | 'default-subset';
  readonly defaultSubset: Readonly<Record<string, unknown>>;
  readonly selectors: readonly { readonly keys: readonly string[] }[];
}

/** The endpoints of a cluster. */
export interface EndpointsConfig {
  readonly clusterName: string;
  readonly localities: readonly LocalityConfig[];
  /** Traffic up to so many times what healthy endpoints' share allows stays in a priority; 1.4 by default, here in percent (140). */
  readonly overprovisioningFactor: number;
}

export interface LocalityConfig {
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  /** 0 is the highest. */
  readonly priority: number;
  /** Only for locality-weighted load balancing; 0: none. */
  readonly weight: number;
  readonly endpoints: readonly EndpointConfig[];
}

export interface EndpointConfig {
  readonly address: Address;
  readonly hostname: string;
  readonly health: 'unknown' | 'healthy' | 'unhealthy' | 'draining' | 'timeout' | 'degraded';
  /** 1 or more. */
  readonly weight: number;
  readonly metadata: Metadata;
}
