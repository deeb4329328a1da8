/** How the connection to or from the peer was secured, with Istio's words. */
export type ConnectionSecurity = 'mutual_tls' | 'none' | 'unknown';

/** Which side of a call saw it. */
export type Reporter = 'source' | 'destination';

/** One finished request, as golden signals need it: nothing of its content. */
export interface AccessRecord {
  readonly reporter: Reporter;
  readonly sourceWorkload: string;
  readonly sourceNamespace: string;
  /** Fully qualified host for the source's view; the canonical service for the destination's. */
  readonly destinationService: string;
  readonly destinationNamespace: string;
  /** Empty without a subset. */
  readonly destinationSubset: string;
  /** 0 when no response was sent (the client went away). */
  readonly responseCode: number;
  readonly durationMs: number;
  readonly connectionSecurity: ConnectionSecurity;
}

/** Whether a response counts as an error: a server's failure, or none at all. */
export function isError(responseCode: number): boolean {
  return responseCode >= 500 || responseCode === 0;
}
