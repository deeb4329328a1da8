import type { AuthorizationIr } from './authorization.ts';
import type { AuthorizerIr } from './authorizer.ts';
import type { Protocol } from './destination.ts';
import type { Origin } from './origin.ts';
import type { RateLimitIr } from './rate-limit.ts';

/** What a port of a workload accepts. */
export type MutualTlsMode = 'strict' | 'permissive' | 'disable';

/** One port of a workload, seen from its own proxy. */
export interface InboundPortIr {
  /** The workload's port as Services (targetPort) and policies name it. */
  readonly targetPort: number;
  /** `inbound|<targetPort>||` */
  readonly cluster: string;
  readonly protocol: Protocol;
  readonly mutualTls: MutualTlsMode;
  /** The PeerAuthentication that decided, when one did. */
  readonly mutualTlsOrigin?: Origin;
  readonly authorization: AuthorizationIr;
  /** Limits of requests; HTTP ports only. Absent: none. */
  readonly rateLimits?: readonly RateLimitIr[];
  /** The service that the port belongs to (the first by name, when several do); host and name `unknown` when none does, as in Istio's labels. */
  readonly service: { readonly host: string; readonly name: string; readonly namespace: string };
}

/** The inbound half of a proxy's configuration; depends on its workload. */
export interface InboundIr {
  readonly ports: readonly InboundPortIr[];
  /** For ports that no Service names (REDIRECT only). */
  readonly passthrough: { readonly mutualTls: MutualTlsMode; readonly authorization: AuthorizationIr };
  /** What policies say of a router's Gateways, for requests and for connections; absent for sidecars. */
  readonly gateway?: {
    readonly http: AuthorizationIr;
    readonly tcp: AuthorizationIr;
    /** Absent: none. */
    readonly rateLimits?: readonly RateLimitIr[];
  };
  /** Every authorizer that policies can name, whether one does or not: which are asked comes with routes. Absent: none. */
  readonly authorizers?: readonly AuthorizerIr[];
  /** Accepted peers belong to these trust domains. */
  readonly trustDomains: readonly string[];
}
