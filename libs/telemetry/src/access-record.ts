/** How the connection to or from the peer was secured, with Istio's words. */
export type ConnectionSecurity = 'mutual_tls' | 'none' | 'unknown';

/** Which side of a call saw it. */
export type Reporter = 'source' | 'destination';

/** What was carried. A request is counted when it ended, a TCP connection when it was closed. */
export type Traffic = 'http' | 'grpc' | 'tcp';

/** Whom a call went from and to, as one side saw it: what golden signals are kept apart by. Empty texts are what it did not see. */
export interface SignalKey {
  readonly reporter: Reporter;
  readonly protocol: Traffic;
  /** Workload; for callers that a destination knows only by certificate, their service account; else `unknown`. */
  readonly sourceWorkload: string;
  readonly sourceNamespace: string;
  /** Service account, from the certificate. */
  readonly sourceAccount: string;
  /** Canonical service of the source. */
  readonly sourceApp: string;
  readonly sourceVersion: string;
  /** Fully qualified host for the source's view; the canonical service for the destination's. */
  readonly destinationService: string;
  readonly destinationNamespace: string;
  /** Empty without a subset. */
  readonly destinationSubset: string;
  /** Only the destination itself knows. */
  readonly destinationWorkload: string;
  readonly destinationVersion: string;
  readonly connectionSecurity: ConnectionSecurity;
}

/** One finished request or connection, as golden signals need it: nothing of its content. */
export interface AccessRecord extends SignalKey {
  /** HTTP status; 0 when no response was sent (the client went away), and for connections. */
  readonly responseCode: number;
  /** Whether it failed; see {@link isError} for requests, {@link isGrpcError} for calls of gRPC that told a status. A connection fails if there was nobody at its other end. */
  readonly failed: boolean;
  readonly durationMs: number;
  /** Bytes from source to destination, and back. Bodies only, for requests. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Whether a response counts as an error: a server's failure, or none at all. */
export function isError(responseCode: number): boolean {
  return responseCode >= 500 || responseCode === 0;
}

/** UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: as the rules of k8s/observability have it. */
const grpcServerErrors: ReadonlySet<string> = new Set(['2', '4', '8', '12', '13', '14', '15']);

/** Whether a call of gRPC failed by its server's fault, by its status. */
export function isGrpcError(status: string): boolean {
  return grpcServerErrors.has(status);
}
