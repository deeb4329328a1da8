import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { MallaError, type ErrorCode } from '@malla/model';

/** Carries MallaError.details, as JSON, beside a status. */
const detailsKey = 'malla-details-bin';
/** Trailers share the peer's header limit (16 KiB by default); larger details are left out. */
const maxDetailsBytes = 4_096;

const statusOfCode: Readonly<Record<ErrorCode, status>> = {
  invalid: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ABORTED,
  already_exists: status.ALREADY_EXISTS,
  unauthenticated: status.UNAUTHENTICATED,
  permission_denied: status.PERMISSION_DENIED,
  unavailable: status.UNAVAILABLE,
  expired: status.OUT_OF_RANGE,
  exhausted: status.RESOURCE_EXHAUSTED,
  unsupported: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

const codeOfStatus: Readonly<Partial<Record<status, ErrorCode>>> = {
  ...Object.fromEntries(Object.entries(statusOfCode).map(([code, number]) => [number, code as ErrorCode])),
  [status.DEADLINE_EXCEEDED]: 'unavailable',
  [status.CANCELLED]: 'unavailable',
  [status.FAILED_PRECONDITION]: 'conflict',
};

/** The gRPC status of an error. What is `internal` keeps its message to the log: it may hold what callers must not see. */
export function statusOf(error: MallaError): Partial<StatusObject> & { code: status; details: string } {
  const code = statusOfCode[error.code];
  if (error.code === 'internal') return { code, details: 'internal error; the service logged the reason' };
  const metadata = new Metadata();
  const json = error.details === undefined ? undefined : Buffer.from(JSON.stringify(error.details));
  if (json !== undefined && json.length <= maxDetailsBytes) metadata.set(detailsKey, json);
  return { code, details: error.message, metadata };
}

/** The error that a failed call stands for; the inverse of {@link statusOf} as far as the status tells. */
export function errorOfStatus(failure: ServiceError | StatusObject): MallaError {
  const code = codeOfStatus[failure.code] ?? 'internal';
  const cause = failure instanceof Error ? failure : undefined;
  return new MallaError(code, readable(failure.details) || status[failure.code] || 'unknown failure', {
    cause,
    details: detailsOf(failure.metadata),
  });
}

/** grpc-js wraps why a connection failed in words of its own. */
function readable(details: string): string {
  return details.replace(
    /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note: ?(.*)$/s,
    (_, reason, note) => (note === '' ? `no connection: ${reason}` : `no connection: ${reason} (${note})`),
  );
}

function detailsOf(metadata: Metadata | undefined): unknown {
  const [value] = metadata?.get(detailsKey) ?? [];
  if (!Buffer.isBuffer(value)) return undefined;
  try {
    return JSON.parse(value.toString());
  } catch {
    return undefined;
  }
}
