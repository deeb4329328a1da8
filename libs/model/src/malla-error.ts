/** What kind of failure it is; mapped to HTTP and gRPC statuses in one place each (`@malla/grpc`, config-api's REST filter). */
export type ErrorCode =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'already_exists'
  | 'unauthenticated'
  | 'permission_denied'
  | 'unavailable'
  | 'expired'
  /** A rate limit or a quota; try again later. */
  | 'exhausted'
  | 'unsupported'
  | 'internal';

export interface MallaErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable facts, such as field causes. Never a secret. */
  readonly details?: unknown;
}

/** The one error class of the platform. `message` is for people: lower case, no trailing period, says what to do. */
export class MallaError extends Error {
  override readonly name = 'MallaError';
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: MallaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** Turns anything thrown into a MallaError; what is not one already becomes `internal`. */
  static from(thrown: unknown): MallaError {
    if (thrown instanceof MallaError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new MallaError('internal', message, { cause: thrown });
  }
}
