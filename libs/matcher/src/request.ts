import { lookupIn } from '@malla/authz';
import type { AuthorizerIr, GatewayChainIr, InboundIr } from '@malla/ir';
import type { RouteRequest } from './route-request.ts';

/** Header fields: lower-case names; values of repeated fields joined by a comma without a space. */
export type Headers = Readonly<Record<string, string>>;

/** A request as it travels: from the application, between proxies, and to the callee. */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Request target in origin form, with query. */
  readonly path: string;
  /** The Host header, possibly with a port. */
  readonly authority: string;
  readonly headers: Headers;
}

/** How a request comes into the caller's proxy; decides which route configuration it meets. */
export type Entry =
  /** An explicit listener of one service port (interception NONE), and a gRPC client's target. */
  | { readonly kind: 'service'; readonly host: string; readonly port: number }
  /** Captured traffic to a port (interception REDIRECT); the Host header chooses the service. */
  | { readonly kind: 'port'; readonly port: number }
  /** The HTTP proxy listener; the Host header chooses the service. */
  | { readonly kind: 'http-proxy'; readonly port: number }
  /** A connection that a gateway took, see {@link enterGateway}. */
  | GatewayEntry;

/** A connection that a gateway took. */
export interface GatewayEntry {
  readonly kind: 'gateway';
  /** Where the gateway listens. */
  readonly port: number;
  readonly chain: GatewayChainIr;
  readonly policies: NonNullable<InboundIr['gateway']>;
  /** Those that CUSTOM policies can name; absent: none. */
  readonly authorizers?: readonly AuthorizerIr[];
  /** SPIFFE id or other URI in the client's certificate. */
  readonly peer?: string;
}

/** What a caller's application sends. */
export interface CallerRequest extends HttpRequest {
  readonly entry: Entry;
  /** Address of the caller as its proxy sees it, for hashing; default 127.0.0.1. */
  readonly sourceIp?: string;
}

/** A response as it travels back. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string;
}

/** A caller's request as routes see it. */
export function routeRequestOf(request: CallerRequest): RouteRequest {
  const { method, path, authority, headers, sourceIp = '127.0.0.1' } = request;
  return { method, path, authority, headers: lookupIn(headers), sourceIp };
}
