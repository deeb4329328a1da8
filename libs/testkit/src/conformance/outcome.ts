/** A request as an application saw it. */
export interface SeenByApplication {
  /** Workload of the application. */
  readonly workload: string;
  readonly version: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  /** SPIFFE id of the peer; absent over plain text. */
  readonly peer?: string;
  readonly protocol?: string;
}

/** What a caller got. */
export interface Outcome {
  /** 0: the connection ended without a response. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly elapsedMs: number;
  /** What the application that answered saw. */
  readonly answeredBy?: SeenByApplication;
  /** Why the caller's proxy answered, as far as it can be told from outside. */
  readonly reasons?: readonly string[];
  /** DNS name in the certificate that the server showed an outsider. */
  readonly serverCertificate?: string;
  /** The policy that denied; known to the simulator alone. */
  readonly deniedBy?: string;
}

/** Everything that a described request brought about. */
export interface Observed {
  readonly outcomes: readonly Outcome[];
  /** Every request that any application saw, mirrored and retried ones included. */
  readonly seen: readonly SeenByApplication[];
}
