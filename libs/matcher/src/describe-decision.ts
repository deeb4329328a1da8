import type { AuthorizationDecision } from '@malla/authz';

/** A decision in words. */
export function describeDecision(decision: AuthorizationDecision): string {
  if (decision.allowed)
    return decision.policy === undefined ? 'allowed: no policy is against it' : `allowed by rule ${decision.rule}`;
  return decision.reason === 'denied_by_policy' ? `denied by rule ${decision.rule}` : 'denied: no ALLOW policy matches';
}
