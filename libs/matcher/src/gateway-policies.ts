import { compileAuthorization, peerAttributes } from '@malla/authz';
import type { Deciders } from './deciders.ts';
import { describeDecision } from './describe-decision.ts';
import type { LocalAnswer } from './forward-plan.ts';
import { applyPolicies } from './request-policies.ts';
import type { CallerRequest, Entry, Headers } from './request.ts';
import { step, type Step } from './step.ts';

/** What becomes of a request that has a route. */
export type GatewayVerdict =
  | LocalAnswer
  /** It goes on with these headers, and its response gets further ones. */
  | { readonly kind: 'passed'; readonly headers: Headers; readonly responseHeaders: Headers };

/**
 * What a gateway's policies make of a request; elsewhere it passes as it is.
 * @param deciders those that the gateway asks; absent: they count as agreeing
 */
export function applyGatewayPolicies(
  request: CallerRequest,
  steps: Step[],
  deciders: Deciders | undefined,
): GatewayVerdict {
  const { entry, headers } = request;
  if (entry.kind !== 'gateway') return { kind: 'passed', headers, responseHeaders: {} };
  const { policies, authorizers = [], port, peer } = entry;
  const verdict = applyPolicies({
    policies: { authorization: policies.http, ...(policies.rateLimits && { rateLimits: policies.rateLimits }) },
    authorizers,
    port,
    request,
    peer,
    deciders,
    steps,
  });
  switch (verdict.kind) {
    case 'passed':
      return verdict;
    case 'answered':
      return { kind: 'answer', reason: 'answered', response: verdict.response, delayMs: 0 };
    case 'denied': {
      const response = { status: 403, headers: {}, body: 'RBAC: access denied' };
      const { policy } = verdict.decision;
      return { kind: 'answer', reason: 'denied', response, delayMs: 0, ...(policy === undefined ? {} : { policy }) };
    }
  }
}

/** The answer to a connection that carries bytes and is denied: it is closed. Undefined when it may pass, or came to no gateway. */
export function denialOfBytes(entry: Entry, steps: Step[]): LocalAnswer | undefined {
  if (entry.kind !== 'gateway') return undefined;
  const decision = compileAuthorization(entry.policies.tcp)({
    ...peerAttributes(entry.peer),
    method: '',
    path: '',
    port: entry.port,
    headers: {},
  });
  steps.push(step('authorization', describeDecision(decision), decision.policy));
  if (decision.allowed) return undefined;
  return { kind: 'answer', raw: true, reason: 'denied', response: { status: 0, headers: {} }, delayMs: 0 };
}
