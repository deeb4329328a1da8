import type { DestinationIr, EndpointIr, HeaderOperationsIr, Origin } from '@malla/ir';
import type { HttpRequest, HttpResponse } from './request.ts';
import type { RetryPlan } from './retry-plan.ts';

/** Why the caller's proxy answered by itself. */
export type AnswerReason =
  /** There is no listener or route configuration for this entry. */
  | 'no-route-configuration'
  /** A path that no normalisation can make sense of. */
  | 'malformed-path'
  | 'no-virtual-host'
  | 'no-route'
  | 'redirect'
  | 'direct-response'
  | 'fault-abort'
  /** A gateway's policies. */
  | 'denied'
  /** An authorizer that a gateway asks, or a limit of its that is used up. */
  | 'answered'
  /** The route names a cluster that does not exist (Envoy's NC). */
  | 'unknown-cluster'
  /** Envoy's UH. */
  | 'no-healthy-endpoint';

/** An answer without any upstream. */
export interface LocalAnswer {
  readonly kind: 'answer';
  /** TCP: there is no response, the connection just ends. */
  readonly raw?: boolean;
  readonly reason: AnswerReason;
  readonly response: HttpResponse;
  /** Fault delay before it. */
  readonly delayMs: number;
  /** The policy that denied, when one did. */
  readonly policy?: Origin;
}

/** A request on its way to a destination. */
export interface ForwardPlan {
  readonly kind: 'forward';
  /** TCP: bytes go through as they are; a failure just ends the connection. */
  readonly raw?: boolean;
  /** The bytes are TLS of the client that nobody has ended on the way. */
  readonly clientTls?: boolean;
  readonly destination: DestinationIr;
  /** Healthy endpoints; at least one. */
  readonly endpoints: readonly EndpointIr[];
  /** What goes upstream, after rewrites and header edits. */
  readonly request: HttpRequest;
  /** Edits of the response, in order. */
  readonly responseEdits: readonly HeaderOperationsIr[];
  /** Fault delay; not part of the timeout. */
  readonly delayMs: number;
  /** All tries together; 0 is no limit. */
  readonly timeoutMs: number;
  readonly retry: RetryPlan;
  readonly mirrors: readonly MirrorPlan[];
  readonly hashKey?: string;
  /** Added to the response when consistent hashing made a cookie. */
  readonly setCookie?: string;
}

/** A copy of the request whose response nobody waits for. */
export interface MirrorPlan {
  readonly cluster: string;
  /** Absent when the cluster does not exist. */
  readonly destination?: DestinationIr;
  readonly endpoints: readonly EndpointIr[];
}

/** Traffic to a host that the mesh does not know, let through as it is. */
export interface Passthrough {
  readonly kind: 'passthrough';
}

export type OutboundOutcome = LocalAnswer | ForwardPlan | Passthrough;
