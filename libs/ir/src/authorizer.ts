import type { ValueMatch } from './value-match.ts';

/** A service that decides about requests (ext_authz): an extension provider of the mesh, or the built-in one. */
export interface AuthorizerIr {
  /** Name that policies use. */
  readonly name: string;
  readonly service: GrpcAuthorizerIr | HttpAuthorizerIr;
  /** Time for an answer. */
  readonly timeoutMs: number;
  /** Requests pass when the service cannot be asked. */
  readonly failOpen: boolean;
  /** Status of the answer when the service cannot be asked and {@link failOpen} is false. */
  readonly statusOnError: number;
  /** The route is chosen again with the headers that the service has set. */
  readonly clearRouteCache: boolean;
  /** Send the body as well; absent: not. */
  readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean; readonly asBytes: boolean };
}

/** Asked by Envoy's `Authorization.Check`; it gets every header of the request. */
export interface GrpcAuthorizerIr {
  readonly kind: 'grpc';
  readonly cluster: string;
}

/** Asked by a request with the method and path of the original one. Names of headers are in lower case. */
export interface HttpAuthorizerIr {
  readonly kind: 'http';
  readonly cluster: string;
  readonly host: string;
  /** Put before the path; empty or beginning with a slash. */
  readonly pathPrefix: string;
  /** Headers that it gets besides host, method, path and authorization. */
  readonly requestHeaders: readonly ValueMatch[];
  readonly addedHeaders: readonly (readonly [name: string, value: string])[];
  /** Headers of its answer that an allowed request gets. */
  readonly toUpstream: readonly ValueMatch[];
  /** Headers of its answer that a refused caller gets; none: all. */
  readonly toDownstreamOnDeny: readonly ValueMatch[];
  /** Headers of its answer that the caller gets with the answer to an allowed request. */
  readonly toDownstreamOnAllow: readonly ValueMatch[];
}
