import { RE2JS } from 're2js';

/**
 * Largest program accepted. Envoy counts up to four instructions for one of these (it compiles to bytes), and its bootstrap here stops
 * at 32768; a route configuration with one expression above it would be refused as a whole.
 */
const maxProgramSize = 8000;

/** Why RE2 refuses a regular expression, or undefined. Source: https://github.com/google/re2/wiki/Syntax */
export function regexProblem(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  const result = compile(pattern);
  if (typeof result === 'string') return `is not a regular expression of RE2: ${result}`;
  return result.programSize() > maxProgramSize
    ? 'is too large when compiled: repeat less, or match a prefix'
    : undefined;
}

/**
 * Why a rewrite text does not fit its regular expression, or undefined: `\0` to `\9` stand for groups that exist, `\\` for a
 * backslash, nothing else follows one. Envoy refuses the whole route configuration otherwise.
 */
export function rewriteProblem(pattern: string, rewrite: string): string | undefined {
  const compiled = compile(pattern);
  if (typeof compiled === 'string') return undefined;
  for (const [, escaped] of rewrite.matchAll(/\\(.?)/gs)) {
    if (escaped === '\\') continue;
    if (escaped === undefined || !/^\d$/.test(escaped)) return 'may have only \\\\ and \\0 to \\9 after a backslash';
    if (Number(escaped) > compiled.groupCount())
      return `names group \\${escaped}, but the expression has ${compiled.groupCount()}`;
  }
  return undefined;
}

/** The compiled expression, or the reason why it does not compile. */
function compile(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return reason.replace(/^error parsing regexp: /, '');
  }
}
