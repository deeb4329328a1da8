import type { CelType } from './cel-type.ts';
import type { Frame } from './cel-value.ts';

/** A compiled part of an expression: its static type, and how its value is found. Throws `CelError` where it has none. */
export interface Code {
  readonly type: CelType;
  readonly run: (frame: Frame) => unknown;
}

/** A mistake in an expression itself, found when it is compiled: of the programmer, not of a user. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
}

/** The variables that an expression may name. Each loop adds one, in a slot of its own. */
export interface Scope {
  readonly variables: ReadonlyMap<string, { readonly slot: number; readonly type: CelType }>;
  readonly nextSlot: number;
  /** What may be used besides operators; undefined: all there is. */
  readonly dialect?: CelDialect | undefined;
}

/** What another implementation of CEL has, so that an expression is only taken if both can evaluate it. */
export interface CelDialect {
  /** Functions and methods by name; no macro but `has`. */
  readonly functions: ReadonlySet<string>;
  /** Whether `+` joins texts and lists. */
  readonly joins: boolean;
  /** Whether a text without a value ends the whole evaluation in `matches`, also where `&&` or `||` could do without it. */
  readonly failsOnMatch: boolean;
  /** What is wrong with a regular expression that RE2 takes; undefined: nothing. */
  readonly patternProblem: (pattern: string) => string | undefined;
}

/** A scope with one more variable, which hides an outer one of its name. */
export function withVariable(scope: Scope, name: string, type: CelType): { scope: Scope; slot: number } {
  const slot = scope.nextSlot;
  return {
    scope: { ...scope, variables: new Map([...scope.variables, [name, { slot, type }]]), nextSlot: slot + 1 },
    slot,
  };
}
