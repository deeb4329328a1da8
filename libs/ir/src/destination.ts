import type { Origin } from './origin.ts';
import type { HashPolicyIr } from './route.ts';

/** Application protocol of a service port. */
export type Protocol = 'http' | 'http2' | 'grpc' | 'tcp';

/** One cluster: a service port, or a subset of it. */
export interface DestinationIr {
  /** `outbound|<port>|<subset>|<fqdn>` */
  readonly name: string;
  readonly service: { readonly host: string; readonly name: string; readonly namespace: string };
  readonly port: number;
  /** Empty for the whole service. */
  readonly subset: string;
  readonly protocol: Protocol;
  readonly connectTimeoutMs: number;
  readonly loadBalancer: LoadBalancerIr;
  /** Connections go where they were going, instead of to an endpoint that the proxy chooses. Default: no. */
  readonly originalDestination?: true;
  readonly pool: ConnectionPoolIr;
  readonly outlier?: OutlierDetectionIr;
  readonly tls: ClientTlsIr;
  /** Addresses are names, which the proxy looks up: its endpoints come with it. Default: they come by themselves. */
  readonly lookedUp?: EndpointSetIr;
  /** The DestinationRule, when one applies. */
  readonly origin?: Origin;
}

export type LoadBalancerIr =
  | { readonly kind: 'least-request' | 'round-robin' | 'random' }
  | { readonly kind: 'ring-hash'; readonly minimumRingSize: number; readonly hash: readonly HashPolicyIr[] }
  | { readonly kind: 'maglev'; readonly tableSize: number; readonly hash: readonly HashPolicyIr[] };

/** Absent means Istio's default (no limit, or Envoy's own). */
export interface ConnectionPoolIr {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  readonly maxRequestsPerConnection?: number;
  readonly maxConnectionDurationMs?: number;
  /** TCP proxying. */
  readonly tcpIdleTimeoutMs?: number;
  readonly httpIdleTimeoutMs?: number;
  readonly maxConcurrentStreams?: number;
}

export interface OutlierDetectionIr {
  /** 0 switches it off. */
  readonly consecutive5xx: number;
  readonly consecutiveGatewayErrors: number;
  readonly splitLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailures: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionPercent: number;
  readonly minHealthPercent: number;
}

export type ClientTlsIr =
  /** Mutual TLS to endpoints that take it, plain text to the others. */
  | { readonly kind: 'auto'; readonly sni: string; readonly subjectAltNames: readonly string[] }
  /** The mesh's certificates, always (ISTIO_MUTUAL). */
  | { readonly kind: 'mesh'; readonly sni: string; readonly subjectAltNames: readonly string[] }
  | { readonly kind: 'plain' }
  /** SIMPLE and MUTUAL. */
  | {
      readonly kind: 'origination';
      /** Absent: from the Host header. */
      readonly sni?: string;
      readonly subjectAltNames: readonly string[];
      readonly insecureSkipVerify: boolean;
      /** SDS name of the CA bundle; absent: the system's roots. */
      readonly caSecret?: string;
      /** SDS name of the client certificate (MUTUAL). */
      readonly certificateSecret?: string;
    };

/** The endpoints of one cluster. */
export interface EndpointSetIr {
  readonly cluster: string;
  /** Addresses may be names: the set comes with its destination, not by itself. */
  readonly lookedUp?: true;
  /** Sorted by locality name. */
  readonly localities: readonly LocalityEndpointsIr[];
}

export interface LocalityEndpointsIr {
  /** region/zone/subzone */
  readonly locality: string;
  /** Used while there are too few healthy endpoints of smaller numbers; consecutive from 0. Default 0. */
  readonly priority?: number;
  readonly endpoints: readonly EndpointIr[];
}

export interface EndpointIr {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly healthy: boolean;
  /** Takes mutual TLS (its proxy does, and its PeerAuthentication lets it). */
  readonly mutualTls: boolean;
  /** Shown in telemetry. */
  readonly workload: {
    readonly name: string;
    readonly namespace: string;
    readonly canonicalService: string;
    readonly revision: string;
    readonly cluster: string;
  };
}
