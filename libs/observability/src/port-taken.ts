import { MallaError } from '@malla/model';

export interface PortTakenParams {
  /** What wanted the port, such as `the gRPC server of discovery`. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** The variable that chooses another one. */
  readonly setting: string;
  readonly cause?: unknown;
}

/** The error for a port that is taken: what, which port, and which setting mends it. */
export function portTakenError(params: PortTakenParams): MallaError {
  const { what, host, port, setting } = params;
  const message = `${what} cannot listen on ${host}:${port}: the port is taken; stop the other program or set ${setting}`;
  return new MallaError('unavailable', message, { cause: params.cause });
}

/** True for the error that Node raises when a port is taken. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
