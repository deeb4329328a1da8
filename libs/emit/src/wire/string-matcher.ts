import type { ValueMatch } from '@malla/ir';

/** The part of an Envoy StringMatcher that says what matches. */
type Pattern = { case: 'exact' | 'prefix' | 'suffix'; value: string } | { case: 'safeRegex'; value: { regex: string } };

/** An Envoy StringMatcher. `present` needs a matcher of its own where absence is possible; here it is any text. */
export function stringMatcher(match: ValueMatch): { matchPattern: Pattern } {
  return { matchPattern: pattern(match) };
}

function pattern(match: ValueMatch): Pattern {
  switch (match.kind) {
    case 'exact':
      return { case: 'exact', value: match.value };
    case 'prefix':
    case 'suffix':
      // Envoy refuses an empty prefix or suffix, which every text has.
      return match.value === '' ? anyText : { case: match.kind, value: match.value };
    case 'regex':
      return { case: 'safeRegex', value: { regex: match.value } };
    case 'present':
      return anyText;
  }
}

/** RE2's `.` stops at a line feed; header values have none. */
const anyText: Pattern = { case: 'safeRegex', value: { regex: '.*' } };

/** Text as a regular expression that matches just it. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
