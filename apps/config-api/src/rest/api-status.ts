import { MallaError, type ErrorCode, type Problem } from '@malla/model';
import type { ResourceKey } from '@malla/store';

/** Kubernetes' answer for everything that is not an object: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface ApiStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: ApiStatusDetails;
  /** The HTTP status. */
  readonly code: number;
}

/** One reason of a failure. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface ApiStatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Facts of an error that change its HTTP face. */
export interface HttpFacts {
  /** Instead of the code's own status. */
  readonly httpStatus?: number;
  readonly reason?: string;
}

/** What the details of an error may hold for its Status. */
interface StatusFacts extends HttpFacts {
  readonly problems?: readonly Problem[];
  readonly key?: ResourceKey;
  readonly causes?: readonly StatusCause[];
  /** Where a list that came too late can go on. */
  readonly continue?: string;
}

const faces: Readonly<Record<ErrorCode, readonly [status: number, reason: string]>> = {
  invalid: [400, 'BadRequest'],
  not_found: [404, 'NotFound'],
  conflict: [409, 'Conflict'],
  already_exists: [409, 'AlreadyExists'],
  unauthenticated: [401, 'Unauthorized'],
  permission_denied: [403, 'Forbidden'],
  unavailable: [503, 'ServiceUnavailable'],
  expired: [410, 'Expired'],
  exhausted: [429, 'TooManyRequests'],
  unsupported: [405, 'MethodNotAllowed'],
  internal: [500, 'InternalError'],
};

/** The Status of an error. Problems of fields make it 422 Invalid with one cause each; what is internal keeps its text to the log. */
export function statusOfError(error: MallaError): ApiStatus {
  const details = (error.details ?? {}) as StatusFacts;
  const { problems, key, causes } = details;
  const [code, reason] = problems === undefined ? faces[error.code] : ([422, 'Invalid'] as const);
  const message = error.code === 'internal' ? 'internal error; the service logged the reason' : error.message;
  const about: ApiStatusDetails = {
    ...(key === undefined ? {} : { name: key.name, group: key.group, kind: key.kind }),
    ...(problems === undefined ? {} : { causes: problems.map(causeOf) }),
    ...(causes === undefined ? {} : { causes }),
    ...(error.code === 'unavailable' || error.code === 'exhausted' ? { retryAfterSeconds: 1 } : {}),
  };
  return {
    ...success,
    metadata: details.continue === undefined ? {} : { continue: details.continue },
    status: 'Failure',
    message,
    reason: details.reason ?? reason,
    ...(Object.keys(about).length === 0 ? {} : { details: about }),
    code: details.httpStatus ?? code,
  };
}

const success = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const;

/** The answer to a deletion. */
export function deletedStatus(key: ResourceKey, uid: string | undefined): ApiStatus {
  const details = { name: key.name, group: key.group, kind: key.kind, ...(uid === undefined ? {} : { uid }) };
  return { ...success, status: 'Success', details, code: 200 };
}

function causeOf({ message, hint, path }: Problem) {
  const known = message.includes('is not a field of') || message.includes('is not supported yet');
  return {
    reason: known ? 'FieldValueNotSupported' : 'FieldValueInvalid',
    message: hint === undefined ? message : `${message}; ${hint}`,
    field: path,
  };
}

/** A request that is wrong as such, before any object is looked at. */
export function badRequest(message: string): MallaError {
  return new MallaError('invalid', message);
}

/** A failure with an HTTP status that its code alone would not have. */
export function httpError(code: ErrorCode, message: string, facts: HttpFacts): MallaError {
  return new MallaError(code, message, { details: facts });
}
