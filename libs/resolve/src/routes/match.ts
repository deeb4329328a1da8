import type { HeaderMatchIr, RouteMatchIr } from '@malla/ir';
import type { HttpMatch } from '@malla/model';
import { gatewayName, selects, type Labels } from '@malla/snapshot';
import { resolveStringMatch } from './string-match.ts';

/** What a match may ask of the client; decided here, never sent to a proxy. */
export interface MatchClient {
  /** `mesh` for sidecars, else the Gateway that the rules are for, as `namespace/name`. */
  readonly gateway: string;
  readonly namespace: string;
  readonly labels: Labels;
}

const everyPath: RouteMatchIr['path'] = { kind: 'prefix', value: '/', ignoreCase: false };

/** The match of every request. */
export const matchAll: RouteMatchIr = { path: everyPath, headers: [], queryParameters: [] };

/**
 * Whether a match of a VirtualService of `namespace` can hold at all for a client and a service port. One that names gateways asks for these alone, not
 * for the client. Source: Istio pilot/pkg/networking/core/route, sourceMatchHTTP.
 */
export function concerns(
  match: HttpMatch,
  { client, port, namespace }: { readonly client: MatchClient; readonly port: number; readonly namespace: string },
): boolean {
  if (match.port !== undefined && match.port !== port) return false;
  const gateways = match.gateways ?? [];
  if (gateways.length > 0) return gateways.some((written) => gatewayName(written, namespace) === client.gateway);
  if (match.sourceNamespace !== undefined && match.sourceNamespace !== client.namespace) return false;
  return selects(match.sourceLabels ?? {}, client.labels);
}

/** The conditions on a request; all must hold. */
export function resolveMatch(match: HttpMatch): RouteMatchIr {
  return {
    path: resolvePath(match),
    ...(match.method === undefined ? {} : { method: resolveStringMatch(match.method) }),
    ...(match.authority === undefined ? {} : { authority: resolveStringMatch(match.authority) }),
    headers: [...headerMatches(match.headers, false), ...headerMatches(match.withoutHeaders, true)].sort((a, b) =>
      compareText(a.name, b.name),
    ),
    queryParameters: Object.entries(match.queryParams ?? {})
      .map(([name, value]) => ({ name, match: resolveStringMatch(value) }))
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

/** Whether nothing after this match can ever be reached. */
export function isCatchAll({ path, method, authority, headers, queryParameters }: RouteMatchIr): boolean {
  const anyPath = (path.kind === 'prefix' && path.value === '/') || (path.kind === 'regex' && path.value === '.*');
  return (
    anyPath && method === undefined && authority === undefined && headers.length === 0 && queryParameters.length === 0
  );
}

function resolvePath({ uri, ignoreUriCase = false }: HttpMatch): RouteMatchIr['path'] {
  if (uri === undefined) return everyPath;
  if (uri.exact !== undefined) return { kind: 'exact', value: uri.exact, ignoreCase: ignoreUriCase };
  if (uri.prefix !== undefined) return { kind: 'prefix', value: uri.prefix, ignoreCase: ignoreUriCase };
  // Istio: "the case will be ignored only in the case of exact and prefix URI matches".
  return { kind: 'regex', value: uri.regex ?? '', ignoreCase: false };
}

function headerMatches(written: HttpMatch['headers'], inverted: boolean): HeaderMatchIr[] {
  return Object.entries(written ?? {}).map(([name, value]) => ({
    name: name.toLowerCase(),
    match: resolveStringMatch(value),
    inverted,
  }));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
