import type { HeaderList } from '@malla/http-codec';

/** How a call ended. Codes are gRPC's; 0 is success. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

/** Codes that this program gives itself. */
export const grpcCodes = {
  ok: 0,
  unknown: 2,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The status in trailers (or in a head that is all there is); undefined without one. */
export function statusOf(headers: HeaderList): GrpcStatus | undefined {
  const text = headers.first('grpc-status');
  if (text === undefined) return undefined;
  const code = /^\d{1,3}$/.test(text) ? Number(text) : grpcCodes.unknown;
  return { code, message: decoded(headers.first('grpc-message') ?? '') };
}

/** For answers that are not gRPC's. Source: gRPC, "HTTP to gRPC Status Code Mapping". */
export function statusOfHttp(status: number): GrpcStatus {
  const message = `HTTP status ${status}`;
  switch (status) {
    case 400:
      return { code: grpcCodes.internal, message };
    case 401:
      return { code: grpcCodes.unauthenticated, message };
    case 403:
      return { code: grpcCodes.permissionDenied, message };
    case 404:
      return { code: grpcCodes.unimplemented, message };
    case 429:
    case 502:
    case 503:
    case 504:
      return { code: grpcCodes.unavailable, message };
    default:
      return { code: grpcCodes.unknown, message };
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
