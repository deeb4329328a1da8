/** What is known of the mesh's configuration so far. Not knowing a resource differs from knowing that there is none. */
export interface Knowledge {
  /** All resources of the type are known, so a name that is not among them does not exist. */
  type(typeUrl: string): boolean;
  /** The resource is known, or known not to exist. */
  name(typeUrl: string, name: string): boolean;
}

/**
 * Stands between a data plane's requests and its session. A session answers at once and says of what it does not have that it does not
 * exist, on which Envoy would drop endpoints and a gRPC client would fail calls; so the gate holds back what discovery has yet to tell.
 */
export interface Gate<Request> {
  /** Takes a request; gives the part of it that may be answered now. */
  admit(request: Request): Request | undefined;
  /** What may be answered now that more is known. */
  release(): readonly Request[];
  /** Names that the data plane subscribes to. */
  names(typeUrl: string): ReadonlySet<string>;
  /** Grows when names change. */
  readonly revision: number;
}
