import type { StringMatch } from '@malla/proxy-config';
import type { ListStringMatcher, StringMatcher } from '@malla/protos/gen/envoy/type/matcher/v3/string_pb';
import type { FieldReader } from './field-reader.ts';
import { readRegex } from './regex.ts';

/** Stands in for a matcher that was refused. */
const nothing: StringMatch = { kind: 'exact', value: '', ignoreCase: false };

/** Envoy's StringMatcher. */
export function readStringMatch(reader: FieldReader<StringMatcher> | undefined): StringMatch {
  if (!reader) return nothing;
  const ignoreCase = reader.take('ignoreCase');
  const plain = (kind: 'exact' | 'prefix' | 'suffix' | 'contains') => (value: string) => ({ kind, value, ignoreCase });
  return (
    reader.oneof<'matchPattern', StringMatch>('matchPattern', {
      exact: plain('exact'),
      prefix: plain('prefix'),
      suffix: plain('suffix'),
      contains: plain('contains'),
      safeRegex: (regex) => {
        if (ignoreCase) reader.refuse('ignoreCase', 'has no effect on safe_regex, which has (?i)');
        return { kind: 'regex', value: readRegex(regex), ignoreCase: false };
      },
    }) ?? nothing
  );
}

/** A list of alternatives; absent: none. */
export function readStringMatches(reader: FieldReader<ListStringMatcher> | undefined): StringMatch[] {
  return reader?.messages('patterns').map(readStringMatch) ?? [];
}
