import { compileFullMatch, compileValueMatch } from '@malla/authz';
import type { RouteMatchIr } from '@malla/ir';
import { splitTarget } from './path.ts';
import type { HttpRequest } from './request.ts';

/** The first condition of a route that a request fails, in words; undefined when the route matches. */
export type RouteMatcher = (request: HttpRequest) => string | undefined;

interface Condition {
  readonly name: string;
  readonly holds: (request: HttpRequest) => boolean;
}

/** Compiles a route's conditions; all must hold. The path is compared without query, query parameters undecoded, as in Envoy. */
export function compileRouteMatch(match: RouteMatchIr): RouteMatcher {
  const conditions: readonly Condition[] = [
    { name: `path ${match.path.kind} "${match.path.value}"`, holds: pathCondition(match.path) },
    ...attributeConditions(match),
    ...match.headers.map(({ name, match: expected, inverted }) => {
      const matches = compileValueMatch(expected);
      // Envoy would let an inverted condition fail on a missing header, so it is told to take that for an empty one.
      const whenMissing = inverted && expected.kind !== 'present' ? '' : undefined;
      return {
        name: `${inverted ? 'without ' : ''}header ${name}`,
        holds: (request: HttpRequest) => matches(fieldOf(request.headers, name) ?? whenMissing) !== inverted,
      };
    }),
    ...match.queryParameters.map(({ name, match: expected }) => {
      const matches = compileValueMatch(expected);
      return {
        name: `query parameter ${name}`,
        holds: (request: HttpRequest) => matches(queryParameter(request.path, name)),
      };
    }),
  ];
  return (request) => conditions.find((condition) => !condition.holds(request))?.name;
}

function attributeConditions(match: RouteMatchIr): readonly Condition[] {
  const conditions: Condition[] = [];
  if (match.method !== undefined) {
    const matches = compileValueMatch(match.method);
    conditions.push({ name: 'method', holds: (request) => matches(request.method) });
  }
  if (match.authority !== undefined) {
    const matches = compileValueMatch(match.authority);
    conditions.push({ name: 'authority', holds: (request) => matches(request.authority) });
  }
  return conditions;
}

function pathCondition({ kind, value, ignoreCase }: RouteMatchIr['path']): (request: HttpRequest) => boolean {
  if (kind === 'regex') {
    const matches = compileFullMatch(ignoreCase ? `(?i)${value}` : value);
    return (request) => matches(splitTarget(request.path).path);
  }
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  const expected = fold(value);
  return (request) => {
    const path = fold(splitTarget(request.path).path);
    return kind === 'exact' ? path === expected : path.startsWith(expected);
  };
}

function fieldOf(headers: HttpRequest['headers'], name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined;
}

/** First value of a query parameter as it stands in the target; a parameter without `=` has the empty value. */
export function queryParameter(target: string, name: string): string | undefined {
  for (const pair of splitTarget(target).query.slice(1).split('&')) {
    const at = pair.indexOf('=');
    if ((at === -1 ? pair : pair.slice(0, at)) === name && pair !== '') return at === -1 ? '' : pair.slice(at + 1);
  }
  return undefined;
}
