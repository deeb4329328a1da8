import type { RouteIr, RouteMatchIr } from '@malla/ir';
import type { HttpMatch, HttpRoute } from '@malla/model';
import type { DefaultRetry } from '@malla/snapshot';
import type { DestinationTable } from './destination-ref.ts';
import { resolveFault } from './fault.ts';
import { resolveForward } from './forward.ts';
import { resolveHeaders } from './headers.ts';
import { matchAll, resolveMatch } from './match.ts';
import { resolveRedirect } from './redirect.ts';

/** What one rule with one of its matches needs besides itself. */
export interface HttpRouteContext {
  readonly table: DestinationTable;
  readonly defaultRetry: DefaultRetry;
}

/** One Envoy route: a rule under one of its matches, or without any. */
export function resolveHttpRoute(rule: HttpRoute, match: HttpMatch | undefined, context: HttpRouteContext): RouteIr {
  const matched = match === undefined ? matchAll : resolveMatch(match);
  const fault = resolveFault(rule.fault);
  const { edits, hostRewrite } = resolveHeaders(rule.headers);
  return {
    name: routeName(rule, match),
    match: matched,
    action: resolveAction(rule, matched, { ...context, hostRewrite }),
    headers: edits,
    ...(fault === undefined ? {} : { fault }),
    origin: context.table.origin,
  };
}

function resolveAction(
  rule: HttpRoute,
  match: RouteMatchIr,
  context: HttpRouteContext & { readonly hostRewrite: string | undefined },
): RouteIr['action'] {
  if (rule.redirect !== undefined) return resolveRedirect(rule.redirect, context.table.port);
  return resolveForward(rule, { ...context, path: match.path });
}

/** As access logs show it: the rule's name, and after a dot that of the match. */
function routeName(rule: HttpRoute, match: HttpMatch | undefined): string {
  const name = rule.name ?? '';
  return match?.name === undefined || match.name === '' ? name : `${name}.${match.name}`;
}
