import { compileFullMatch, compileValueMatch } from '@malla/authz';
import type { RouteMatchIr } from '@malla/ir';
import { splitTarget } from './path.ts';
import type { RouteRequest } from './route-request.ts';

/** A condition of a route; `path` is the request's without query. */
interface Condition {
  readonly name: string;
  readonly holds: (request: RouteRequest, path: string) => boolean;
}

/** The conditions of a route; all must hold. The path is compared without query, query parameters undecoded, as in Envoy. */
export class RouteConditions {
  readonly #path: Condition;
  /** Those that an index by path does not decide. */
  readonly #others: readonly Condition[];

  constructor(match: RouteMatchIr) {
    this.#path = { name: `path ${match.path.kind} "${match.path.value}"`, holds: pathCondition(match.path) };
    this.#others = [
      ...attributeConditions(match),
      ...headerConditions(match.headers),
      ...queryConditions(match.queryParameters),
    ];
  }

  /** Whether the request meets all of them. */
  hold(request: RouteRequest, path: string): boolean {
    return this.#path.holds(request, path) && this.othersHold(request, path);
  }

  /** The same when the path is known to match. */
  othersHold(request: RouteRequest, path: string): boolean {
    const others = this.#others;
    for (let i = 0; i < others.length; i++) if (!(others[i] as Condition).holds(request, path)) return false;
    return true;
  }

  /** The first condition that the request fails, in words; undefined when the route matches. */
  failure(request: RouteRequest): string | undefined {
    const { path } = splitTarget(request.path);
    return [this.#path, ...this.#others].find((condition) => !condition.holds(request, path))?.name;
  }
}

function headerConditions(headers: RouteMatchIr['headers']): readonly Condition[] {
  return headers.map(({ name, match, inverted }) => {
    const matches = compileValueMatch(match);
    // Envoy would let an inverted condition fail on a missing header, so it is told to take that for an empty one.
    const whenMissing = inverted && match.kind !== 'present' ? '' : undefined;
    return {
      name: `${inverted ? 'without ' : ''}header ${name}`,
      holds: (request) => matches(request.headers.get(name) ?? whenMissing) !== inverted,
    };
  });
}

function queryConditions(parameters: RouteMatchIr['queryParameters']): readonly Condition[] {
  return parameters.map(({ name, match }) => {
    const matches = compileValueMatch(match);
    return { name: `query parameter ${name}`, holds: (request) => matches(queryParameter(request.path, name)) };
  });
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

function pathCondition({ kind, value, ignoreCase }: RouteMatchIr['path']): Condition['holds'] {
  if (kind === 'regex') {
    const matches = compileFullMatch(ignoreCase ? `(?i)${value}` : value);
    return (_, path) => matches(path);
  }
  if (!ignoreCase) return kind === 'exact' ? (_, path) => path === value : (_, path) => path.startsWith(value);
  const expected = value.toLowerCase();
  return kind === 'exact'
    ? (_, path) => path.toLowerCase() === expected
    : (_, path) => path.toLowerCase().startsWith(expected);
}

/** First value of a query parameter as it stands in the target; a parameter without `=` has the empty value. */
export function queryParameter(target: string, name: string): string | undefined {
  for (const pair of splitTarget(target).query.slice(1).split('&')) {
    const at = pair.indexOf('=');
    if ((at === -1 ? pair : pair.slice(0, at)) === name && pair !== '') return at === -1 ? '' : pair.slice(at + 1);
  }
  return undefined;
}
