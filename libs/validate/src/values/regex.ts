import { RE2JS } from 're2js';
import { complaint, type Complaint } from './complaint.ts';

/**
 * Largest program accepted. Envoy counts up to four instructions for one of these (it compiles to bytes), and its bootstrap here stops
 * at 32768; a route configuration with one expression above it would be refused as a whole.
 */
const maxProgramSize = 8000;

/** Longest expression, as in Istio. */
const maxLength = 1024;

/** Compiling takes a hundred times as long as all else of a resource; the same expressions come again with each check. */
const cacheSize = 4096;
const cache = new Map<string, RE2JS | string>();

/** What is wrong with a regular expression, or undefined. Source: https://github.com/google/re2/wiki/Syntax */
export function regexProblem(pattern: string): Complaint | undefined {
  const hint = 'see https://github.com/google/re2/wiki/Syntax';
  if (pattern === '') return complaint('must not be empty', 'write .* to match everything');
  if (pattern.length > maxLength)
    return complaint(
      `has ${pattern.length} characters; at most ${maxLength} are accepted`,
      'match a prefix, or split it',
    );
  const result = compile(pattern);
  if (typeof result === 'string') return complaint(`is not a regular expression of RE2: ${result}`, hint);
  return result.programSize() > maxProgramSize
    ? complaint('is too large when compiled', 'repeat less, or match a prefix')
    : undefined;
}

/**
 * What is wrong with a rewrite text for its regular expression, or undefined: `\0` to `\9` stand for groups that exist, `\\` for a
 * backslash, nothing else follows one. Envoy refuses the whole route configuration otherwise.
 */
export function rewriteProblem(pattern: string, rewrite: string): Complaint | undefined {
  const compiled = compile(pattern);
  if (typeof compiled === 'string') return undefined;
  for (const [, escaped] of rewrite.matchAll(/\\(.?)/gs)) {
    if (escaped === '\\') continue;
    if (escaped === undefined || !/^\d$/.test(escaped))
      return complaint('may have only \\\\ and \\0 to \\9 after a backslash', 'write \\\\ for a backslash');
    if (Number(escaped) > compiled.groupCount()) {
      const message = `names group \\${escaped}, but the expression has ${compiled.groupCount()}`;
      return complaint(message, 'put parentheses around what is meant');
    }
  }
  return undefined;
}

/** The compiled expression, or the reason why it does not compile. */
function compile(pattern: string): RE2JS | string {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value as string);
  const result = compileNew(pattern);
  cache.set(pattern, result);
  return result;
}

function compileNew(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return reason.replace(/^error parsing regexp: /, '');
  }
}
