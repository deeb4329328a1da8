import { authorizationPath, compileValueMatch } from '@malla/authz';
import { rateLimitNames, type RateLimitIr, type RateLimitMatchIr, type RateLimitValueIr } from '@malla/ir';
import type { Descriptor } from './deciders.ts';
import type { Headers } from './request.ts';

/** A request as limits see it. */
export interface LimitedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  /** SPIFFE id of the peer. */
  readonly peer?: string;
  /** Address of the caller. */
  readonly remoteAddress: string;
}

/** What policy-telemetry is asked about a request, by one policy: a descriptor for each match of each rule that holds. */
export function descriptorsOf({ origin, rules }: RateLimitIr, request: LimitedRequest): readonly Descriptor[] {
  const path = authorizationPath(request.path);
  return rules.flatMap(({ name, matches, values }) => {
    const holding = matches.length === 0 ? 1 : matches.filter((match) => holds(match, request, path)).length;
    const descriptor: Descriptor = [
      [rateLimitNames.policy, `${origin.namespace}/${origin.name}`],
      [rateLimitNames.rule, name],
      ...values.flatMap((value) => entryOf(value, request, path)),
    ];
    return Array.from({ length: holding }, () => descriptor);
  });
}

function holds({ paths, methods, headers }: RateLimitMatchIr, request: LimitedRequest, path: string): boolean {
  return (
    (paths.length === 0 ||
      paths.some(({ kind, value }) => (kind === 'exact' ? path === value : path.startsWith(value)))) &&
    (methods.length === 0 || methods.includes(request.method)) &&
    headers.every(({ name, match }) => compileValueMatch(match)(headerOf(request, name)))
  );
}

/** Without a header there is no entry, so that requests without it share a limit. */
function entryOf(value: RateLimitValueIr, request: LimitedRequest, path: string): Descriptor {
  switch (value.kind) {
    case 'header': {
      const found = headerOf(request, value.name);
      return found === undefined ? [] : [[`header:${value.name}`, found]];
    }
    case 'remote-address':
      return [['remote_address', request.remoteAddress]];
    case 'source-principal':
      return [['source_principal', request.peer ?? 'unknown']];
    case 'path':
      return [['path', path]];
  }
}

function headerOf({ headers }: LimitedRequest, name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined;
}
