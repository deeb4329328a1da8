/** Line and column in a manifest, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * One mistake of a user. A value, never thrown: all problems of an input are collected and reported together, by the API
 * as field causes, by the command line with file and line.
 */
export interface Problem {
  /** A code of {@link problemCodes} or one of Istio's analysis codes (IST0101...). */
  readonly code: string;
  /** An error refuses the resource; a warning is reported and the resource is accepted. */
  readonly level: 'error' | 'warning';
  /** The reason, lower case, without a trailing period; does not repeat the path. */
  readonly message: string;
  /** Field in the notation `spec.http[0].route[0].weight`; empty for the whole object or document. */
  readonly path: string;
  /** The next step, such as `did you mean "weight"?`. */
  readonly hint?: string;
  /** File as given to the parser; only problems of a manifest have one. */
  readonly file?: string;
  readonly position?: Position;
}

/** Codes of problems with shape and syntax. Semantic rules have Istio's codes, or their own in `@malla/validate`. */
export const problemCodes = {
  /** Not YAML or JSON. */
  syntax: 'MAL0001',
  /** A key stands twice in one mapping. */
  duplicateKey: 'MAL0002',
  /** Too many bytes, documents, aliases or levels. */
  tooLarge: 'MAL0003',
  /** Parsed, but not a Kubernetes-style object: no apiVersion, kind or metadata.name. */
  notAnObject: 'MAL0004',
  unknownKind: 'MAL0011',
  /** The kind is known, its apiVersion is not served. */
  unknownVersion: 'MAL0013',
  unknownField: 'MAL0021',
  /** A cluster-scoped object with a namespace. */
  namespaceNotAllowed: 'MAL0024',
  /** Valid and stored, but the mesh does not act on it yet. */
  notEnforced: 'MAL0025',
  /** Wrong type, range, format or combination; Istio's SchemaValidationError. */
  schema: 'IST0106',
} as const;

/** An error at a field; `path` in the notation of {@link Problem.path}. */
export function errorAt(code: string, path: string, message: string, hint?: string): Problem {
  return { code, level: 'error', path, message, ...(hint === undefined ? {} : { hint }) };
}

/** A warning at a field. */
export function warningAt(code: string, path: string, message: string, hint?: string): Problem {
  return { ...errorAt(code, path, message, hint), level: 'warning' };
}

/** Whether anything in the list refuses the resource. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((p) => p.level === 'error');
}

/** One line for people: `spec.http[0].weight: must be a number, not a string; did you mean ...`. */
export function describeProblem(problem: Problem): string {
  const place = problem.path === '' ? '' : `${problem.path}: `;
  return `${place}${problem.message}${problem.hint === undefined ? '' : `; ${problem.hint}`}`;
}
