import { didYouMean } from '@malla/model';
import { complaint, quoted, type Complaint } from './complaint.ts';

/** What is wrong with the status of an answer, or undefined. Source: RFC 9110 section 15. */
export function statusProblem(status: number): Complaint | undefined {
  return Number.isInteger(status) && status >= 200 && status <= 599
    ? undefined
    : complaint('must be an HTTP status between 200 and 599', 'such as 404 or 503');
}

const grpcStatuses = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** What is wrong with the name of a gRPC status, or undefined. Source: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export function grpcStatusProblem(name: string): Complaint | undefined {
  return grpcStatuses.includes(name)
    ? undefined
    : complaint(
        `is not a gRPC status: ${quoted(name)}`,
        didYouMean(name, grpcStatuses) ?? `known: ${grpcStatuses.join(', ')}`,
      );
}

/** Statuses with a meaning of their own. Source: https://www.iana.org/assignments/http-status-codes */
const assigned = new Set([
  ...[100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423],
  ...[424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
]);

/** Whether a status is registered. */
export function isAssignedStatus(status: number): boolean {
  return assigned.has(status);
}
