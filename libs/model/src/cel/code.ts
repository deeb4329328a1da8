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
}

/** A scope with one more variable, which hides an outer one of its name. */
export function withVariable(scope: Scope, name: string, type: CelType): { scope: Scope; slot: number } {
  const slot = scope.nextSlot;
  return {
    scope: { variables: new Map([...scope.variables, [name, { slot, type }]]), nextSlot: slot + 1 },
    slot,
  };
}
