import { MallaError, type ErrorCode } from '@malla/model';
import { exitCodes } from './terminal.ts';

/** A wrong use of the command line: exit code 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure that was reported already; only its exit code is left to say. */
export class Reported extends Error {
  override readonly name = 'Reported';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const codes: Partial<Readonly<Record<ErrorCode, number>>> = {
  invalid: exitCodes.badData,
  unavailable: exitCodes.unreachable,
};

/** Exit code of anything thrown. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof Reported) return thrown.exitCode;
  if (thrown instanceof UsageError) return exitCodes.usage;
  return codes[MallaError.from(thrown).code] ?? exitCodes.failed;
}

/** One line for people, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
