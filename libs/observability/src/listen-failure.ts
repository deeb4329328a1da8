import { MallaError } from '@malla/model';

export interface ListenFailureParams {
  /** What wanted to listen, such as `the gRPC server of discovery`. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** The variable that chooses another port. Its ending PORT, read as HOST, chooses the address. */
  readonly setting: string;
  readonly cause: unknown;
}

/**
 * The error of a server that cannot listen: what, where, and which setting mends it. A cause that no setting mends is given back as it is.
 */
export function listenFailure(params: ListenFailureParams): unknown {
  const { what, host, port, cause } = params;
  const reason = reasonOf(params);
  if (reason === undefined) return cause;
  return new MallaError('unavailable', `${what} cannot listen on ${host}:${port}: ${reason}`, { cause });
}

function reasonOf({ host, setting, cause }: ListenFailureParams): string | undefined {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  // grpc-js tells the codes as text when all addresses of a host fail.
  const text = `${String(code)} ${String(message)}`;
  const hostSetting = setting.replace(/PORT$/, 'HOST');
  if (text.includes('EADDRINUSE')) return `the port is taken; stop the other program or set ${setting}`;
  if (text.includes('EACCES')) return `this user may not listen there; set ${setting} to 1024 or more`;
  if (text.includes('EADDRNOTAVAIL')) return `${host} is no address of this machine; set ${hostSetting}`;
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(text)) return `${host} does not resolve; set ${hostSetting}`;
  return undefined;
}
