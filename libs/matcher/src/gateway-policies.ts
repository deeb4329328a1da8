import { authorizationPath, compileAuthorization, peerAttributes } from '@malla/authz';
import type { LocalAnswer } from './forward-plan.ts';
import { describeDecision } from './describe-decision.ts';
import type { CallerRequest, Entry } from './request.ts';
import { step, type Step } from './step.ts';

/** The answer of a gateway whose policies refuse a request that has a route; undefined when they let it pass, or it came to no gateway. */
export function denialOfRequest(request: CallerRequest, steps: Step[]): LocalAnswer | undefined {
  const { entry, method, path, headers } = request;
  if (entry.kind !== 'gateway') return undefined;
  const decision = compileAuthorization(entry.policies.http)({
    ...peerAttributes(entry.peer),
    method,
    path: authorizationPath(path),
    port: entry.port,
    headers,
  });
  steps.push(step('authorization', describeDecision(decision), decision.policy));
  if (decision.allowed) return undefined;
  const response = { status: 403, headers: {}, body: 'RBAC: access denied' };
  return {
    kind: 'answer',
    reason: 'denied',
    response,
    delayMs: 0,
    ...(decision.policy === undefined ? {} : { policy: decision.policy }),
  };
}

/** The same for connections that carry bytes: they are closed. */
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
