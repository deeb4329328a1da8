import { HeaderList } from '@malla/http-codec';

/** Whether a content type is gRPC's own; gRPC-Web is not. Source: Envoy's Grpc::Common::hasGrpcContentType. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith('application/grpc')) return false;
  const next = contentType.charCodeAt('application/grpc'.length);
  return Number.isNaN(next) || next === 0x2b || next === 0x3b;
}

/** gRPC's status for an HTTP one. Source: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
export function grpcStatusOf(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** The HTTP status that stands for a gRPC one, as outlier detection sees it. Source: Envoy's Grpc::Utility::grpcToHttpStatus. */
export function httpStatusOf(grpcStatus: number): number {
  const statuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
  return statuses[grpcStatus] ?? 500;
}

/** Names of gRPC statuses as access logs print them. */
export const grpcStatusNames: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** A response that is its own trailers. */
export function trailersOnly(grpcStatus: number, message: string): HeaderList {
  const headers = new HeaderList(['content-type', 'grpc-status'], ['application/grpc', String(grpcStatus)]);
  if (message !== '') headers.append('grpc-message', percentEncode(message));
  return headers;
}

/** gRPC's encoding of status messages: printable ASCII but `%` stays. */
function percentEncode(message: string): string {
  let encoded = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000001 };

/** `grpc-timeout` in milliseconds, rounded up; undefined for what is none. Source: gRPC over HTTP/2, "Timeout". */
export function parseGrpcTimeout(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,8}[HMSmun]$/.test(value)) return undefined;
  return Math.ceil(Number(value.slice(0, -1)) * (unitMs[value.slice(-1)] as number));
}

/** At most eight digits, so in a unit that is large enough. */
export function formatGrpcTimeout(ms: number): string {
  if (ms < 100_000_000) return `${ms}m`;
  const seconds = Math.trunc(ms / 1000);
  return seconds < 100_000_000 ? `${seconds}S` : `${Math.trunc(seconds / 60)}M`;
}
