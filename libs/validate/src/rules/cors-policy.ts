import { didYouMean, type FieldPath, type HttpRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { headerNameProblem } from '../values/names.ts';
import { checkStringMatch } from './string-match.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*'];

/** Checks which pages of other origins may call. Source: Istio, validateCORSPolicy. */
export function checkCorsPolicy(findings: Findings, path: FieldPath, policy: HttpRoute['corsPolicy']): void {
  if (policy === undefined) return;
  for (const [i, origin] of (policy.allowOrigins ?? []).entries()) {
    const at = [...path, 'allowOrigins', i];
    if (Object.values(origin).includes(''))
      findings.error(at, 'an origin must not be empty', 'write exact: https://example.com, or regex: .* for all');
    else checkStringMatch(findings, at, origin);
  }
  for (const [i, method] of (policy.allowMethods ?? []).entries()) {
    if (!methods.includes(method))
      findings.error(
        [...path, 'allowMethods', i],
        `is not an HTTP method: ${quoted(method)}`,
        didYouMean(method, methods) ?? `known: ${methods.join(', ')}`,
      );
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [i, name] of (policy[field] ?? []).entries())
      if (name !== '*') findings.refuse([...path, field, i], headerNameProblem(name));
  }
  checkDuration(findings, [...path, 'maxAge'], policy.maxAge, { step: 1000 });
}
