import type { HeaderMatch, StringMatch } from '@malla/proxy-config';
import type { HeaderMatcher } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from './field-reader.ts';
import { readRegex } from './regex.ts';
import { readStringMatch } from './string-match.ts';

type Condition = HeaderMatch['match'];

/** Envoy's HeaderMatcher; without a specifier the header must be there. */
export function readHeaderMatch(reader: FieldReader<HeaderMatcher>): HeaderMatch {
  const text = (kind: StringMatch['kind']) => (value: string) => string({ kind, value, ignoreCase: false });
  const match = reader.oneof<'headerMatchSpecifier', Condition>('headerMatchSpecifier', {
    exactMatch: text('exact'),
    prefixMatch: text('prefix'),
    suffixMatch: text('suffix'),
    containsMatch: text('contains'),
    safeRegexMatch: (regex) => string({ kind: 'regex', value: readRegex(regex), ignoreCase: false }),
    stringMatch: (matcher) => string(readStringMatch(matcher)),
    presentMatch: (present) => ({ kind: 'present', present }),
    rangeMatch: (range) => ({ kind: 'range', start: Number(range.take('start')), end: Number(range.take('end')) }),
  });
  return {
    name: reader.take('name').toLowerCase(),
    match: match ?? { kind: 'present', present: true },
    inverted: reader.take('invertMatch'),
    missingIsEmpty: reader.take('treatMissingHeaderAsEmpty'),
  };
}

function string(matcher: StringMatch): Condition {
  return { kind: 'string', matcher };
}
