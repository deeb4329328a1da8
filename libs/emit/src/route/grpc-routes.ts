import type { RouteIr, ValueMatch } from '@malla/ir';
import { RE2JS } from 're2js';

/** Every gRPC call is a POST without a query. */
const grpcMethod = 'POST';

/**
 * The routes that a gRPC client can match. Its library knows no methods and query parameters, and takes a route with such conditions as one
 * without: what is known beforehand is decided here. Source: gRFC A28, "Route Matching".
 */
export function grpcRoutes(routes: readonly RouteIr[]): readonly RouteIr[] {
  return routes.flatMap((route) => {
    const { method, queryParameters, ...match } = route.match;
    if (queryParameters.length > 0) return [];
    if (method && !holds(method, grpcMethod)) return [];
    return [{ ...route, match: { ...match, queryParameters } }];
  });
}

function holds(match: ValueMatch, text: string): boolean {
  switch (match.kind) {
    case 'exact':
      return match.value === text;
    case 'prefix':
      return text.startsWith(match.value);
    case 'suffix':
      return text.endsWith(match.value);
    case 'regex':
      return RE2JS.compile(match.value).matches(text);
    case 'present':
      return true;
  }
}
