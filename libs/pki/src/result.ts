import { DerError } from './der/reader.ts';

/** Why something was refused. The codes are stable; the messages are for people. */
export type PkiProblemCode =
  /** Not PEM, not DER, or not the structure that was expected. */
  | 'malformed'
  | 'too_large'
  | 'bad_signature'
  | 'weak_key'
  | 'unsupported_algorithm'
  /** The CSR asks for a name that is not its owner's, or the certificate names nobody or several. */
  | 'identity'
  /** The CSR asks to be an authority, or an authority stands where a leaf should. */
  | 'authority'
  | 'expired'
  | 'not_yet_valid'
  /** No path to a root of the bundle. */
  | 'untrusted'
  /** A critical extension that is not understood, or a usage that does not fit. */
  | 'extension';

export interface PkiProblem {
  readonly code: PkiProblemCode;
  readonly message: string;
}

/** The outcome of reading or judging what others sent. */
export type PkiResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: PkiProblem };

export function accept<T>(value: T): PkiResult<T> {
  return { ok: true, value };
}

export function refuse(code: PkiProblemCode, message: string): { readonly ok: false; readonly problem: PkiProblem } {
  return { ok: false, problem: { code, message } };
}

/** Runs a parser; what is not DER becomes a `malformed` problem, anything else is a programmer's mistake and passes on. */
export function readDer<T>(what: string, read: () => PkiResult<T>): PkiResult<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return refuse('malformed', `not a valid ${what}: found ${error.message}`);
    throw error;
  }
}
