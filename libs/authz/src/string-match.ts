import type { HeaderMatch, StringMatch } from '@malla/proxy-config';
import type { HeaderLookup } from './header-lookup.ts';
import { compileFullMatch } from './value-match.ts';

/** Compiles Envoy's StringMatcher. A broken expression throws a TypeError: ingest refuses it before. */
export function compileStringMatch({ kind, value, ignoreCase }: StringMatch): (text: string) => boolean {
  if (kind === 'regex') return compileFullMatch(value);
  if (!ignoreCase) return plain(kind, value);
  const folded = plain(kind, value.toLowerCase());
  return (text) => folded(text.toLowerCase());
}

function plain(kind: Exclude<StringMatch['kind'], 'regex'>, value: string): (text: string) => boolean {
  switch (kind) {
    case 'exact':
      return (text) => text === value;
    case 'prefix':
      return (text) => text.startsWith(value);
    case 'suffix':
      return (text) => text.endsWith(value);
    case 'contains':
      return (text) => text.includes(value);
  }
}

/**
 * Compiles Envoy's HeaderMatcher. A missing header fails, whether inverted or not, unless the condition is about presence or takes it for an empty one.
 * Source: Envoy source/common/http/header_utility.h, HeaderDataBaseImpl::matchesHeaders.
 */
export function compileHeaderMatch(matcher: HeaderMatch): (headers: HeaderLookup) => boolean {
  const { name, match, inverted, missingIsEmpty } = matcher;
  if (match.kind === 'present') {
    const expected = match.present !== inverted;
    return (headers) => (headers.get(name) !== undefined || missingIsEmpty) === expected;
  }
  const holds = match.kind === 'range' ? inRange(match.start, match.end) : compileStringMatch(match.matcher);
  return (headers) => {
    const value = headers.get(name) ?? (missingIsEmpty ? '' : undefined);
    return value !== undefined && holds(value) !== inverted;
  };
}

function inRange(start: number, end: number): (text: string) => boolean {
  return (text) => {
    if (!/^[+-]?\d{1,19}$/.test(text)) return false;
    const value = Number(text);
    return value >= start && value < end;
  };
}
