import { RE2JS } from 're2js';
import type { RegexMatchAndSubstitute, RegexMatcher } from '@malla/protos/gen/envoy/type/matcher/v3/regex_pb';
import type { FieldReader } from './field-reader.ts';

/** An RE2 expression; one that does not compile is refused. */
export function readRegex(reader: FieldReader<RegexMatcher>): string {
  // RE2 is the only engine, named or not.
  reader.oneof('engineType', { googleRe2: () => undefined });
  const regex = reader.take('regex');
  checkRegex(regex, (problem) => reader.refuse('regex', problem));
  return regex;
}

/** A substitution: `\1` is a group, `\0` the whole match, `\\` a backslash. */
export function readRegexSubstitution(reader: FieldReader<RegexMatchAndSubstitute>): {
  match: string;
  substitution: string;
} {
  const pattern = reader.message('pattern');
  const match = pattern ? readRegex(pattern) : '';
  const substitution = reader.take('substitution');
  for (const [, reference] of substitution.matchAll(/\\(.?)/gs)) {
    const valid = reference === '\\' || (/^\d$/.test(reference ?? '') && Number(reference) <= groupsOf(match));
    if (!valid) reader.refuse('substitution', `\\${reference} is no group of the pattern`);
  }
  return { match, substitution };
}

function groupsOf(regex: string): number {
  const compiled = checkRegex(regex, () => undefined);
  // 9 is all that a reference can name; of a pattern that does not compile nothing more is said.
  return compiled ? compiled.groupCount() : 9;
}

function checkRegex(regex: string, tell: (problem: string) => void): RE2JS | undefined {
  try {
    return RE2JS.compile(regex);
  } catch (error) {
    tell(`is no RE2 expression: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Text as a regular expression that matches just it. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
