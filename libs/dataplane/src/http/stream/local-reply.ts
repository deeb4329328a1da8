/** An answer that does not come from upstream. */
export interface LocalReply {
  readonly status: number;
  readonly body: string;
  /** Envoy's response code details. */
  readonly details: string;
  /** Of gRPC requests; default: what the HTTP status stands for. */
  readonly grpcStatus?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}
