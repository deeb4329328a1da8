import { didYouMean, parseDuration, type Destination, type FieldPath, type HttpRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkDuration } from '../values/durations.ts';
import { hostProblem } from '../values/hosts.ts';
import { isAuthority, isUriText } from '../values/names.ts';
import { regexProblem, rewriteProblem } from '../values/regex.ts';
import { retryConditions, unknownRetryCondition } from '../values/retry-on.ts';
import { checkHeaderEdits, checkOneAuthority } from './header-edits.ts';
import { checkHttpMatch } from './http-match.ts';

/** Largest sum of weights: Envoy's total_weight is a uint32. */
const maxTotalWeight = 4_294_967_295;

/** Checks one HTTP rule of a VirtualService. */
export function checkHttpRoute(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  checkAction(findings, path, rule);
  for (const [i, match] of (rule.match ?? []).entries()) checkHttpMatch(findings, [...path, 'match', i], match);
  checkDestinations(findings, [...path, 'route'], rule);
  checkRedirect(findings, [...path, 'redirect'], rule.redirect);
  checkRewrite(findings, [...path, 'rewrite'], rule.rewrite);
  checkOneAuthority(findings, path, rule.rewrite?.authority !== undefined, rule.headers);
  checkHeaderEdits(findings, [...path, 'headers'], rule.headers);
  checkFault(findings, [...path, 'fault'], rule.fault);
  checkRetries(findings, [...path, 'retries'], rule);
  checkDuration(findings, [...path, 'timeout'], rule.timeout, { zero: true });
  if (rule.mirror !== undefined) checkDestination(findings, [...path, 'mirror'], rule.mirror);
  if (rule.mirrorPercentage !== undefined && rule.mirror === undefined)
    findings.error([...path, 'mirrorPercentage'], 'needs mirror');
}

/** A rule either routes or redirects; what shapes the forwarded request needs a route. */
function checkAction(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  const routes = (rule.route ?? []).length > 0;
  if (!routes && rule.redirect === undefined) findings.error(path, 'needs route or redirect');
  if (routes && rule.redirect !== undefined)
    findings.error([...path, 'redirect'], 'cannot stand with route: a rule routes or redirects');
  if (rule.redirect === undefined) return;
  for (const field of ['fault', 'rewrite', 'mirror'] as const) {
    if (rule[field] !== undefined) findings.error([...path, field], 'cannot stand with redirect: nothing is forwarded');
  }
  for (const field of ['timeout', 'retries'] as const) {
    if (rule[field] !== undefined) findings.warning([...path, field], 'has no effect on a redirect');
  }
}

function checkDestinations(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  const routes = rule.route ?? [];
  for (const [i, { destination, headers }] of routes.entries()) {
    checkDestination(findings, [...path, i, 'destination'], destination);
    checkHeaderEdits(findings, [...path, i, 'headers'], headers);
  }
  if (routes.length < 2) return;
  const total = routes.reduce((sum, r) => sum + (r.weight ?? 0), 0);
  if (total === 0)
    findings.error(path, 'the weights of several destinations must not all be 0', 'give each destination a weight');
  if (total > maxTotalWeight) findings.error(path, `the weights together must be at most ${maxTotalWeight}`);
}

function checkDestination(findings: Findings, path: FieldPath, destination: Destination): void {
  const problem = hostProblem(destination.host);
  if (problem !== undefined) findings.error([...path, 'host'], problem);
}

function checkRedirect(findings: Findings, path: FieldPath, redirect: HttpRoute['redirect']): void {
  if (redirect === undefined) return;
  const { uri, authority, port, derivePort, scheme } = redirect;
  if ([uri, authority, port, derivePort, scheme].every((v) => v === undefined))
    findings.error(path, 'needs uri, authority, port or scheme');
  if (port !== undefined && derivePort !== undefined) findings.error([...path, 'derivePort'], 'cannot stand with port');
  if (uri !== undefined && !isUriText(uri))
    findings.error([...path, 'uri'], 'must be a path without spaces and control characters');
  if (authority !== undefined && !isAuthority(authority))
    findings.error([...path, 'authority'], 'must be a host with an optional port');
}

function checkRewrite(findings: Findings, path: FieldPath, rewrite: HttpRoute['rewrite']): void {
  if (rewrite === undefined) return;
  const { uri, authority, uriRegexRewrite } = rewrite;
  if (uri === undefined && authority === undefined && uriRegexRewrite === undefined)
    findings.error(path, 'needs uri, uriRegexRewrite or authority');
  if (uri !== undefined && uriRegexRewrite !== undefined)
    findings.error([...path, 'uriRegexRewrite'], 'cannot stand with uri');
  if (uri !== undefined && !isUriText(uri))
    findings.error([...path, 'uri'], 'must be a path without spaces and control characters');
  if (authority !== undefined && !isAuthority(authority))
    findings.error([...path, 'authority'], 'must be a host with an optional port');
  if (uriRegexRewrite === undefined) return;
  const regex = regexProblem(uriRegexRewrite.match);
  if (regex !== undefined) findings.error([...path, 'uriRegexRewrite', 'match'], regex);
  const text = rewriteProblem(uriRegexRewrite.match, uriRegexRewrite.rewrite);
  if (text !== undefined) findings.error([...path, 'uriRegexRewrite', 'rewrite'], text);
}

function checkFault(findings: Findings, path: FieldPath, fault: HttpRoute['fault']): void {
  if (fault === undefined) return;
  if (fault.delay === undefined && fault.abort === undefined) findings.error(path, 'needs delay or abort');
  checkDuration(findings, [...path, 'delay', 'fixedDelay'], fault.delay?.fixedDelay);
}

function checkRetries(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  const { retries, timeout } = rule;
  if (retries === undefined) return;
  const { attempts, perTryTimeout, retryOn, backoff } = retries;
  if (attempts === 0 && Object.keys(retries).length > 1)
    findings.error([...path, 'attempts'], 'is 0 (no retries), but other fields of retries are set');
  checkDuration(findings, [...path, 'perTryTimeout'], perTryTimeout);
  checkDuration(findings, [...path, 'backoff'], backoff);
  const total = parseDuration(timeout ?? '0s') ?? 0;
  if (total > 0 && (parseDuration(perTryTimeout ?? '0s') ?? 0) > total) {
    findings.warning([...path, 'perTryTimeout'], `is longer than the timeout of the whole request (${timeout})`);
  }
  const unknown = retryOn === undefined || retryOn === '' ? undefined : unknownRetryCondition(retryOn);
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, retryConditions) ?? `known: ${retryConditions.join(', ')} and status codes`;
    findings.error([...path, 'retryOn'], `"${unknown.slice(0, 80)}" is not a condition for retries`, hint);
  }
}
