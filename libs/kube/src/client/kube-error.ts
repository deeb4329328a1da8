import { MallaError, type ErrorCode } from '@malla/model';

/** `Status`, by which an API server says what went wrong. */
export interface KubeStatus {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { readonly reason?: string }[] };
}

/** `details` of the errors of this library that an API server has answered. */
export interface KubeErrorDetails {
  readonly httpStatus: number;
  /** Kubernetes' word for it, such as `NotFound`; empty if there was none. */
  readonly reason: string;
  /** As long the server asks us to wait. */
  readonly retryAfterMs?: number;
  /** Reasons of its causes. */
  readonly causes: readonly string[];
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unsupported',
  409: 'conflict',
  410: 'expired',
  415: 'unsupported',
  422: 'invalid',
  429: 'exhausted',
  500: 'internal',
};

/** The error for an answer of an API server that is no success. */
export function kubeError(
  what: string,
  httpStatus: number,
  status: KubeStatus,
  retryAfterSeconds?: number,
): MallaError {
  const { reason = '', message, details: said } = status;
  const seconds = retryAfterSeconds ?? said?.retryAfterSeconds;
  const details: KubeErrorDetails = {
    httpStatus,
    reason,
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }),
    causes: (said?.causes ?? []).flatMap((cause) => cause.reason ?? []),
  };
  const code = reason === 'AlreadyExists' ? 'already_exists' : (codes[httpStatus] ?? 'unavailable');
  return new MallaError(code, `${what}: ${message ?? `the API server answered ${httpStatus}`}`, { details });
}

/** What an API server has said of a failure; undefined for other errors. */
export function kubeErrorDetails({ details }: MallaError): KubeErrorDetails | undefined {
  return (details as Partial<KubeErrorDetails> | undefined)?.httpStatus === undefined
    ? undefined
    : (details as KubeErrorDetails);
}

/** The error for a server that could not be asked. The codes of sockets and TLS say more than what undici makes of them. */
export function unreachable(server: string, thrown: unknown): MallaError {
  const { code, message } = (thrown ?? {}) as { readonly code?: string; readonly message?: string };
  const reason = message === undefined || message === '' ? (code ?? 'no answer') : message;
  return new MallaError('unavailable', `the Kubernetes API at ${server} is out of reach: ${reason}`, { cause: thrown });
}
