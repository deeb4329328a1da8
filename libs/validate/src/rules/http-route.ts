import type { FieldPath, HttpRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { checkCorsPolicy } from './cors-policy.ts';
import { checkWeighted } from './destinations.ts';
import { checkHeaderEdits, checkOneAuthority } from './header-edits.ts';
import { checkDirectResponse, checkRedirect, checkRewrite } from './http-actions.ts';
import { checkHttpMatch } from './http-match.ts';
import { checkFault, checkMirrors, checkRetries } from './http-resilience.ts';

/** What the rules of a VirtualService are for. */
export interface RouteContext {
  /** Gateways alone, not sidecars. */
  readonly gateway: boolean;
  /** A VirtualService without hosts, which others delegate to. */
  readonly delegate: boolean;
}

/** Checks one HTTP rule of a VirtualService. Source: Istio, validateHTTPRoute. */
export function checkHttpRoute(findings: Findings, path: FieldPath, rule: HttpRoute, context: RouteContext): void {
  checkAction(findings, path, rule, context);
  for (const [i, match] of (rule.match ?? []).entries())
    checkHttpMatch(findings, [...path, 'match', i], match, context.gateway);
  const routes = rule.route ?? [];
  checkWeighted(findings, [...path, 'route'], routes);
  for (const [i, { headers }] of routes.entries())
    checkHeaderEdits(findings, [...path, 'route', i, 'headers'], headers);
  checkRedirect(findings, [...path, 'redirect'], rule);
  checkDirectResponse(findings, [...path, 'directResponse'], rule.directResponse);
  checkRewrite(findings, [...path, 'rewrite'], rule.rewrite);
  checkOneAuthority(findings, path, isGiven(rule.rewrite?.authority), rule.headers);
  checkHeaderEdits(findings, [...path, 'headers'], rule.headers);
  checkFault(findings, [...path, 'fault'], rule.fault);
  checkRetries(findings, [...path, 'retries'], rule);
  checkDuration(findings, [...path, 'timeout'], rule.timeout);
  checkMirrors(findings, path, rule);
  checkCorsPolicy(findings, [...path, 'corsPolicy'], rule.corsPolicy);
}

/** A rule does one thing: route, redirect, answer or delegate. Source: Istio, validateHTTPRouteConflict. */
function checkAction(findings: Findings, path: FieldPath, rule: HttpRoute, { delegate }: RouteContext): void {
  if (rule.delegate !== undefined) return checkDelegate(findings, path, rule, delegate);
  const routes = (rule.route ?? []).length > 0;
  const own = (['redirect', 'directResponse'] as const).find((field) => rule[field] !== undefined);
  if (own === undefined) {
    if (!routes) findings.error(path, 'does nothing', 'give route, redirect or directResponse');
    return;
  }
  if (routes) findings.error([...path, own], 'cannot stand with route', 'leave one of them out');
  if (own === 'redirect' && rule.directResponse !== undefined)
    findings.error([...path, 'directResponse'], 'cannot stand with redirect', 'leave one of them out');
  for (const field of ['fault', 'rewrite'] as const) {
    if (rule[field] !== undefined)
      findings.error([...path, field], `cannot stand with ${own}: nothing is forwarded`, 'leave it out');
  }
  for (const field of ['timeout', 'retries', 'mirror', 'mirrors'] as const) {
    if (rule[field] !== undefined)
      findings.warning([...path, field], `has no effect with ${own}: nothing is forwarded`, 'leave it out');
  }
}

function checkDelegate(findings: Findings, path: FieldPath, rule: HttpRoute, isDelegate: boolean): void {
  const at = [...path, 'delegate'];
  if (isDelegate)
    findings.error(at, 'a delegate cannot delegate', 'name the destinations here, or give this VirtualService hosts');
  for (const field of ['route', 'redirect'] as const) {
    if (rule[field] !== undefined)
      findings.error(
        [...path, field],
        'cannot stand with delegate',
        'put it into the VirtualService that is delegated to',
      );
  }
  if (!isGiven(rule.delegate?.name))
    findings.error([...at, 'name'], 'is required', 'name a VirtualService without hosts');
}
