import type { IncomingMessage } from 'node:http';
import { MallaError, type ErrorCode } from '@malla/model';

/** A field of an object that the server refused. */
export interface FieldCause {
  readonly field: string;
  readonly message: string;
}

/** Details of an error that came as a Status of Kubernetes. */
export interface StatusDetails {
  readonly httpStatus: number;
  readonly causes: readonly FieldCause[];
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unsupported',
  409: 'conflict',
  410: 'expired',
  413: 'invalid',
  422: 'invalid',
  429: 'exhausted',
  503: 'unavailable',
};

/** The error of a response of 400 and above: the message of its Status, and the next step where it is known. */
export function errorOfResponse(response: IncomingMessage, body: string, server: URL): MallaError {
  const httpStatus = response.statusCode ?? 500;
  const status = parseStatus(body);
  const code = status?.reason === 'AlreadyExists' ? 'already_exists' : (codes[httpStatus] ?? 'internal');
  const message = status?.message ?? `${server.origin} answered ${httpStatus} ${response.statusMessage ?? ''}`.trim();
  const details: StatusDetails = { httpStatus, causes: status?.details?.causes ?? [] };
  return new MallaError(code, withNextStep(message, httpStatus), { details });
}

function withNextStep(message: string, httpStatus: number): string {
  if (httpStatus === 401) return `${message}; pass --token, or use the kubeconfig that config-api wrote`;
  if (httpStatus === 403) return `${message}: ask for a role in this namespace`;
  if (httpStatus === 429) return `${message}: try again in a moment`;
  return message;
}

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly FieldCause[] };
}

function parseStatus(body: string): StatusBody | undefined {
  try {
    const value = JSON.parse(body) as { kind?: unknown } | null;
    return value?.kind === 'Status' ? (value as StatusBody) : undefined;
  } catch {
    return undefined;
  }
}

const tlsHints: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not from the CA of the kubeconfig',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not from the CA of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not from the CA of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not from the CA of the kubeconfig',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host; set tls-server-name in the kubeconfig',
  ECONNREFUSED: 'nothing listens there; is config-api running?',
  ENOTFOUND: 'its host is not known',
  EPROTO: 'it does not speak TLS',
};

/** The server did not answer: why, and what to look at. */
export function unreachable(server: URL, thrown: unknown): MallaError {
  const { code = '', message = String(thrown) } = thrown as { code?: string; message?: string };
  const reason = tlsHints[code] ?? (message || code || 'the connection failed');
  return new MallaError('unavailable', `cannot reach ${server.origin}: ${reason}`, { cause: thrown });
}
