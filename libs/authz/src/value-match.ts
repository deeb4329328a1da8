import { RE2JS } from 're2js';
import type { ValueMatch } from '@malla/ir';

/** Tells whether a value matches; undefined stands for a missing attribute and never matches. */
export type ValueMatcher = (value: string | undefined) => boolean;

/**
 * Compiles one string condition. Regular expressions are RE2 and match the whole value, as in Envoy; a broken expression throws
 * a TypeError, because validation refuses it long before.
 */
export function compileValueMatch(match: ValueMatch): ValueMatcher {
  switch (match.kind) {
    case 'exact':
      return (value) => value === match.value;
    case 'prefix':
      return (value) => value !== undefined && value.startsWith(match.value);
    case 'suffix':
      return (value) => value !== undefined && value.endsWith(match.value);
    case 'regex':
      return compileFullMatch(match.value);
    case 'present':
      return (value) => value !== undefined;
  }
}

/** RE2 over the whole value; `(?i)` is the way to ignore case. */
export function compileFullMatch(expression: string): ValueMatcher {
  const compiled = compileExpression(expression);
  return (value) => value !== undefined && compiled.matches(value);
}

function compileExpression(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression, RE2JS.DOTALL);
  } catch (thrown) {
    throw new TypeError(`not an RE2 expression: ${expression}`, { cause: thrown });
  }
}
