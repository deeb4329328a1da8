import {
  authorizationPath,
  compileAuthorization,
  compilePolicies,
  peerAttributes,
  type AuthorizationDecision,
  type AuthorizationRequest,
} from '@malla/authz';
import type { AuthorizationIr, AuthorizerIr, RateLimitIr } from '@malla/ir';
import { askAuthorizer } from './ask-authorizer.ts';
import type { Deciders } from './deciders.ts';
import { describeDecision } from './describe-decision.ts';
import { descriptorsOf } from './rate-limits.ts';
import type { Headers, HttpRequest, HttpResponse } from './request.ts';
import { step, type Step } from './step.ts';

/** What policies make of a request. */
export type PolicyVerdict =
  /** It goes on, and its response gets further headers. */
  | { readonly kind: 'passed'; readonly headers: Headers; readonly responseHeaders: Headers }
  | { readonly kind: 'denied'; readonly decision: Extract<AuthorizationDecision, { allowed: false }> }
  /** An authorizer, or a limit that is used up, answers in the application's place. */
  | { readonly kind: 'answered'; readonly response: HttpResponse };

export interface RequestPoliciesParams {
  readonly policies: {
    readonly authorization: AuthorizationIr;
    readonly rateLimits?: readonly RateLimitIr[];
  };
  readonly authorizers: readonly AuthorizerIr[];
  /** The workload's port. */
  readonly port: number;
  /** With a normalised path. */
  readonly request: HttpRequest;
  /** SPIFFE id of the peer. */
  readonly peer: string | undefined;
  /** Absent: whoever would be asked counts as agreeing, and the steps say so. */
  readonly deciders: Deciders | undefined;
  readonly steps: Step[];
}

/** CUSTOM, then DENY, then ALLOW, then limits: in the order of the proxies' filters. */
export function applyPolicies(params: RequestPoliciesParams): PolicyVerdict {
  const { policies, request, steps } = params;
  const asked = consult(params);
  if (asked.kind !== 'passed') return asked;
  const decision = compileAuthorization(policies.authorization)(attributes(params, asked.headers));
  steps.push(step('authorization', describeDecision(decision), decision.policy));
  if (!decision.allowed) return { kind: 'denied', decision };
  const limited = limit(params, { ...request, headers: asked.headers });
  if (limited.kind !== 'passed') return limited;
  return { ...asked, responseHeaders: { ...asked.responseHeaders, ...limited.responseHeaders } };
}

function attributes({ peer, port, request }: RequestPoliciesParams, headers: Headers): AuthorizationRequest {
  const { method, path } = request;
  return { ...peerAttributes(peer), method, path: authorizationPath(path), port, headers };
}

function consult(params: RequestPoliciesParams): Exclude<PolicyVerdict, { kind: 'denied' }> {
  const { policies, authorizers, request, deciders, steps } = params;
  const { headers } = request;
  const passed: PolicyVerdict = { kind: 'passed', headers, responseHeaders: {} };
  const { custom } = policies.authorization;
  const matched = custom && compilePolicies(custom.policies)(attributes(params, headers));
  const authorizer = authorizers.find(({ name }) => name === custom?.authorizer);
  if (custom === undefined || matched === undefined || authorizer === undefined) return passed;
  steps.push(step('authorization', `asks the authorizer ${custom.authorizer} by rule ${matched.rule}`, matched.policy));
  if (deciders === undefined) return passed;
  const verdict = askAuthorizer(authorizer, { request, context: custom.context, deciders });
  if (verdict.kind === 'denied') return { kind: 'answered', response: verdict.response };
  return { kind: 'passed', headers: { ...headers, ...verdict.request }, responseHeaders: verdict.response };
}

/** Policies that fail open are asked about before those that fail closed; each kind at once. */
function limit(
  { policies, peer, deciders, steps }: RequestPoliciesParams,
  { method, path, headers }: HttpRequest,
): Exclude<PolicyVerdict, { kind: 'denied' }> {
  const { rateLimits = [] } = policies;
  const request = { method, path, headers, ...(peer === undefined ? {} : { peer }), remoteAddress: '127.0.0.1' };
  const responseHeaders: Record<string, string> = {};
  for (const failClosed of [false, true]) {
    const descriptors = rateLimits
      .filter((policy) => policy.failClosed === failClosed)
      .flatMap((policy) => descriptorsOf(policy, request));
    if (descriptors.length === 0) continue;
    steps.push(step('rate-limit', `counted by ${descriptors.map(nameOf).join(', ')}`));
    if (deciders === undefined) continue;
    const answer = deciders.limit(descriptors);
    if (answer === undefined && failClosed)
      return { kind: 'answered', response: { status: 500, headers: {}, body: '' } };
    if (answer?.fits === false) {
      const limited = { ...answer.headers, 'x-envoy-ratelimited': 'true' };
      return { kind: 'answered', response: { status: 429, headers: limited, body: '' } };
    }
    Object.assign(responseHeaders, answer?.headers);
  }
  return { kind: 'passed', headers, responseHeaders };
}

function nameOf(descriptor: ReturnType<typeof descriptorsOf>[number]): string {
  const [policy, rule] = descriptor;
  return `${policy?.[1]} ${rule?.[1]}`;
}
