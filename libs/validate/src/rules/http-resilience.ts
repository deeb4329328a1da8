import { parseDuration, type FieldPath, type HttpRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { fractionProblem, percentProblem } from '../values/percentages.ts';
import { retryOnProblem } from '../values/retry-on.ts';
import { grpcStatusProblem, statusProblem } from '../values/statuses.ts';
import { checkDestination } from './destinations.ts';

/** Checks faults that are injected. Source: Istio, validateHTTPFaultInjection. */
export function checkFault(findings: Findings, path: FieldPath, fault: HttpRoute['fault']): void {
  if (fault === undefined) return;
  const { delay, abort } = fault;
  if (delay === undefined && abort === undefined) findings.error(path, 'injects nothing', 'give delay or abort');
  if (delay !== undefined) {
    const at = [...path, 'delay'];
    findings.refuse([...at, 'percentage', 'value'], fractionProblem(delay.percentage?.value));
    findings.refuse([...at, 'percent'], percentProblem(delay.percent));
    checkDuration(findings, [...at, 'fixedDelay'], delay.fixedDelay);
    if (delay.exponentialDelay !== undefined)
      findings.error([...at, 'exponentialDelay'], 'is implemented by no proxy', 'use fixedDelay');
    // Of the old form, with percent, analysis tells that it is deprecated (IST0002), as Istio does.
    else if (delay.fixedDelay === undefined && delay.percent === undefined)
      findings.warning(at, 'has no duration: nothing is delayed', 'give fixedDelay');
  }
  if (abort !== undefined) checkAbort(findings, [...path, 'abort'], abort);
}

type Abort = NonNullable<NonNullable<HttpRoute['fault']>['abort']>;

function checkAbort(
  findings: Findings,
  path: FieldPath,
  { percentage, httpStatus, grpcStatus, http2Error }: Abort,
): void {
  findings.refuse([...path, 'percentage', 'value'], fractionProblem(percentage?.value));
  if (httpStatus !== undefined) findings.refuse([...path, 'httpStatus'], statusProblem(httpStatus));
  if (grpcStatus !== undefined) findings.refuse([...path, 'grpcStatus'], grpcStatusProblem(grpcStatus));
  if (http2Error !== undefined)
    findings.error([...path, 'http2Error'], 'is implemented by no proxy', 'use httpStatus or grpcStatus');
  if (httpStatus === undefined && grpcStatus === undefined && http2Error === undefined)
    findings.warning(path, 'has no status: nothing is aborted', 'give httpStatus or grpcStatus');
}

/** Checks when a request is tried again. Source: Istio, validateHTTPRetry. */
export function checkRetries(findings: Findings, path: FieldPath, { retries, timeout }: HttpRoute): void {
  if (retries === undefined) return;
  const { attempts = 0, perTryTimeout, retryOn, retryRemoteLocalities, backoff } = retries;
  if (attempts < 0) findings.error([...path, 'attempts'], 'must not be negative', 'give 0 for no retries');
  const others = perTryTimeout !== undefined || isGiven(retryOn) || (retryRemoteLocalities ?? undefined) !== undefined;
  if (attempts === 0 && others)
    findings.error([...path, 'attempts'], 'is 0 (no retries), but other fields of retries are set', 'give 1 or more');
  checkDuration(findings, [...path, 'perTryTimeout'], perTryTimeout);
  checkDuration(findings, [...path, 'backoff'], backoff);
  if (isGiven(retryOn)) findings.refuse([...path, 'retryOn'], retryOnProblem(retryOn));
  const total = parseDuration(timeout ?? '0s') ?? 0;
  if (total > 0 && (parseDuration(perTryTimeout ?? '0s') ?? 0) > total) {
    const message = `is longer than the timeout of the whole request (${timeout})`;
    findings.warning([...path, 'perTryTimeout'], message, 'give a shorter time for each try');
  }
}

/** Checks where copies of requests go. Source: Istio, validateHTTPMirrors. */
export function checkMirrors(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  const { mirror, mirrors = [], mirrorPercentage } = rule;
  checkDestination(findings, [...path, 'mirror'], mirror);
  findings.refuse([...path, 'mirrorPercentage', 'value'], percentProblem(mirrorPercentage?.value));
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    const value = rule[field] ?? undefined;
    if (value === undefined) continue;
    findings.refuse([...path, field], percentProblem(value));
    findings.warning([...path, field], 'is an old form', 'use mirrorPercentage: {value: ...}');
  }
  if (mirrorPercentage !== undefined && mirror === undefined)
    findings.warning([...path, 'mirrorPercentage'], 'has no effect without mirror', 'use mirrors[].percentage');
  if (mirror !== undefined && mirrors.length > 0)
    findings.error([...path, 'mirrors'], 'cannot stand with mirror', 'put all of them into mirrors');
  for (const [i, { destination, percentage }] of mirrors.entries()) {
    checkDestination(findings, [...path, 'mirrors', i, 'destination'], destination);
    findings.refuse([...path, 'mirrors', i, 'percentage', 'value'], percentProblem(percentage?.value));
  }
}
