import type { HeaderMatchIr, RouteMatchIr, ValueMatch } from '@malla/ir';
import { stringMatcher } from '../wire/string-matcher.ts';

/** The conditions of a route. */
export function routeMatch(match: RouteMatchIr) {
  return {
    pathSpecifier: pathSpecifier(match.path),
    ...(match.path.ignoreCase && match.path.kind !== 'regex' && { caseSensitive: false }),
    headers: [
      ...pseudoHeader(':method', match.method),
      ...pseudoHeader(':authority', match.authority),
      ...match.headers.map(headerMatcher),
    ],
    queryParameters: match.queryParameters.map(({ name, match: value }) => ({
      name,
      queryParameterMatchSpecifier:
        value.kind === 'present'
          ? { case: 'presentMatch' as const, value: true }
          : { case: 'stringMatch' as const, value: stringMatcher(value) },
    })),
  };
}

function pathSpecifier({ kind, value, ignoreCase }: RouteMatchIr['path']) {
  switch (kind) {
    case 'exact':
      return { case: 'path' as const, value };
    case 'prefix':
      return { case: 'prefix' as const, value };
    case 'regex':
      return { case: 'safeRegex' as const, value: { regex: ignoreCase ? `(?i)${value}` : value } };
  }
}

function pseudoHeader(name: string, match: ValueMatch | undefined) {
  return match ? [headerMatcher({ name, match, inverted: false })] : [];
}

function headerMatcher({ name, match, inverted }: HeaderMatchIr) {
  if (match.kind === 'present') {
    return { name, invertMatch: inverted, headerMatchSpecifier: { case: 'presentMatch' as const, value: true } };
  }
  return {
    name,
    invertMatch: inverted,
    // Else Envoy takes a missing header as no match even when inverted, though the condition does not hold then.
    treatMissingHeaderAsEmpty: inverted,
    headerMatchSpecifier: { case: 'stringMatch' as const, value: stringMatcher(match) },
  };
}
