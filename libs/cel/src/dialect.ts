import type { ASTNode } from '@marcbachmann/cel-js';
import { CelCompileError, type Code, type Scope } from './code.ts';
import { regex } from './functions/strings.ts';
import { binary } from './operators.ts';

/** An operator in a dialect: with fewer types than ours, which leave more to the evaluation. */
export function ofDialect(op: string, left: Code, right: Code, { dialect }: Scope): Code {
  const code = binary(op, left, right);
  if (dialect === undefined) return code;
  if (op === '+' && !dialect.joins && ['string', 'list', 'dyn'].includes(code.type.kind))
    throw new CelCompileError(`'+' of ${code.type.kind}`);
  const [a, b] = [left.type.kind, right.type.kind].map((kind) => (kind === 'double' || kind === 'uint' ? 'int' : kind));
  if (comparisons.has(op) && a !== b && a !== 'dyn' && b !== 'dyn')
    throw new CelCompileError(`no such overload: ${left.type.kind} ${op} ${right.type.kind}`);
  return code;
}

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/**
 * Throws {@link CelCompileError} where a dialect does not have a function or method. A pattern is a literal there: others would be compiled anew for each
 * request, and a bad one would be found too late.
 */
export function checkAllowed(name: string, args: readonly ASTNode[], { dialect }: Scope): void {
  if (dialect === undefined) return;
  if (!dialect.functions.has(name)) throw new CelCompileError(`undeclared reference to '${name}'`);
  const pattern = args.at(-1);
  if (name !== 'matches' || pattern === undefined) return;
  if (pattern.op !== 'value' || typeof pattern.args !== 'string')
    throw new CelCompileError('the pattern of matches() must be a text');
  const problem = regexProblem(pattern.args) ?? dialect.patternProblem(pattern.args);
  if (problem !== undefined) throw new CelCompileError(problem);
}

function regexProblem(pattern: string): string | undefined {
  try {
    regex(pattern);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** A call as a dialect evaluates it, see `failsOnMatch`. */
export function matched(name: string, code: Code, { dialect }: Scope): Code {
  return name === 'matches' && dialect?.failsOnMatch === true ? { ...code, run: finalErrors(code.run) } : code;
}

/** An error that `&&` and `||` do not put up with: as if there were no work left. */
function finalErrors(run: Code['run']): Code['run'] {
  return (frame) => {
    try {
      return run(frame);
    } catch (error) {
      frame.budget = -1;
      throw error;
    }
  };
}
