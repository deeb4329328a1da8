import type { EndpointIr, Origin, OutboundIr } from '@malla/ir';
import { attempt, type Attempt } from './attempt.ts';
import type { CalleeLookup, ReceivedRequest } from './callee.ts';
import type { Random } from './choice.ts';
import type { ClusterState } from './cluster-state.ts';
import type { AnswerReason, ForwardPlan, MirrorPlan } from './forward-plan.ts';
import { editHeaders } from './header-edits.ts';
import { pickEndpoint, pickFacts } from './load-balancer.ts';
import type { OutboundDecision } from './outbound.ts';
import type { HttpResponse } from './request.ts';
import type { TryOutcome } from './retry-plan.ts';
import { step, type Step } from './step.ts';

/** What an application does with a request that reached it. */
export type ApplicationAnswer =
  | { readonly kind: 'response'; readonly response: HttpResponse; readonly afterMs: number }
  /** It closes the connection. */
  | { readonly kind: 'reset' };

/** Stands for the applications behind all endpoints. */
export type Application = (endpoint: EndpointIr, request: ReceivedRequest) => ApplicationAnswer;

/** One try, with what became of it. */
export interface Try extends Attempt {
  readonly outcome: TryOutcome;
}

/** A request played to its end. */
export interface Exchange {
  readonly steps: readonly Step[];
  /** Status 0: the connection ended without a response (TCP). */
  readonly response: HttpResponse;
  /** Why the caller's proxy made the response; absent when the callee's side did. */
  readonly reason?: AnswerReason | 'connect-failure' | 'reset' | 'timeout' | 'overflow' | 'passthrough';
  /** The policy of the caller's own proxy, a gateway, that denied. */
  readonly policy?: Origin;
  readonly tries: readonly Try[];
  readonly mirrored: readonly {
    readonly cluster: string;
    readonly endpoint: EndpointIr;
    readonly request: ReceivedRequest;
  }[];
  readonly elapsedMs: number;
}

export interface ExchangeParams {
  readonly input: {
    readonly outbound: OutboundIr;
    readonly caller: string;
    readonly calleeOf: CalleeLookup;
    readonly random: Random;
  };
  readonly decision: OutboundDecision;
  readonly application: Application;
  readonly stateOf: (cluster: string) => ClusterState;
  /** Simulated time of the request. */
  readonly atMs: number;
}

/** What a caller gets when its connection just ends: TCP has no way to tell why. */
const noResponse: HttpResponse = { status: 0, headers: {} };

/** Plays a decision against applications. */
export function exchange(params: ExchangeParams): Exchange {
  const { outcome, steps } = params.decision;
  if (outcome.kind === 'passthrough') {
    return {
      steps,
      response: { status: 200, headers: {} },
      reason: 'passthrough',
      tries: [],
      mirrored: [],
      elapsedMs: 0,
    };
  }
  if (outcome.kind === 'answer') {
    const { reason, delayMs, policy } = outcome;
    const response = outcome.raw === true ? noResponse : outcome.response;
    return { steps, response, reason, ...(policy && { policy }), tries: [], mirrored: [], elapsedMs: delayMs };
  }
  return playPlan(params, outcome);
}

function playPlan(params: ExchangeParams, plan: ForwardPlan): Exchange {
  const steps = [...params.decision.steps];
  const mirrored = plan.mirrors.flatMap((mirror) => playMirror(params, { mirror, plan }));
  const tries: Try[] = [];
  const startMs = params.atMs + plan.delayMs;
  let elapsed = 0;
  const done = (made: HttpResponse, reason?: Exchange['reason']): Exchange => ({
    steps,
    response:
      plan.raw === true && reason !== undefined ? noResponse : { ...made, headers: finishHeaders(plan, made.headers) },
    ...(reason === undefined ? {} : { reason }),
    tries,
    mirrored,
    elapsedMs: plan.delayMs + elapsed,
  });
  while (tries.length < plan.retry.maxTries) {
    const played = playTry(params, { plan, tries, steps, atMs: startMs + elapsed });
    if (played === undefined)
      return done({ status: 503, headers: {}, body: 'no healthy upstream' }, 'no-healthy-endpoint');
    elapsed += played.afterMs;
    if (plan.timeoutMs > 0 && elapsed > plan.timeoutMs) {
      elapsed = plan.timeoutMs;
      tries.push(played.try);
      return done({ status: 504, headers: {}, body: 'upstream request timeout' }, 'timeout');
    }
    tries.push(played.try);
    if (!plan.retry.retries(played.try.outcome)) break;
  }
  return finish(tries, done);
}

/** The last try decides the response. */
function finish(
  tries: readonly Try[],
  done: (response: HttpResponse, reason?: Exchange['reason']) => Exchange,
): Exchange {
  const last = (tries.at(-1) as Try).outcome;
  switch (last.kind) {
    case 'response':
      return done(last.response);
    case 'connect-failure':
      return done({ status: 503, headers: {} }, 'connect-failure');
    case 'reset':
    case 'refused-stream':
      return done({ status: 503, headers: {} }, 'reset');
    case 'per-try-timeout':
      return done({ status: 504, headers: {}, body: 'upstream request timeout' }, 'timeout');
    case 'overflow':
      return done({ status: 503, headers: {} }, 'overflow');
  }
}

interface TryParams {
  readonly plan: ForwardPlan;
  readonly tries: readonly Try[];
  readonly steps: Step[];
  readonly atMs: number;
}

function playTry(
  params: ExchangeParams,
  { plan, tries, steps, atMs }: TryParams,
): { try: Try; afterMs: number } | undefined {
  const { destination } = plan;
  const state = params.stateOf(destination.name);
  const endpoints = state.admitted(plan.endpoints, atMs);
  const avoid = new Set(plan.retry.ignorePreviousHosts ? tries.map(({ endpoint }) => endpoint) : []);
  const endpoint = pickEndpoint({
    ...pickFacts(plan),
    endpoints,
    turn: state.nextTurn(),
    avoid,
    random: params.input.random,
  });
  if (endpoint === undefined) return undefined;
  const { caller, calleeOf, outbound } = params.input;
  const made = attempt({ plan, endpoint, caller, calleeOf, secrets: outbound.secrets, steps });
  const { outcome, afterMs } = answerOf(params, { made, plan, state, atMs });
  state.report(destination.outlier, { endpoint, all: plan.endpoints, outcome, atMs: atMs + afterMs });
  steps.push(step('callee', describeOutcome(outcome)));
  return { try: { ...made, outcome }, afterMs };
}

function answerOf(
  { application }: ExchangeParams,
  { made, plan, state, atMs }: { made: Attempt; plan: ForwardPlan; state: ClusterState; atMs: number },
): { readonly outcome: TryOutcome; readonly afterMs: number } {
  const { reception, endpoint } = made;
  if (reception.kind === 'no-connection') return { outcome: { kind: 'connect-failure' }, afterMs: 0 };
  if (reception.kind === 'closed') return { outcome: { kind: 'reset' }, afterMs: 0 };
  if (reception.kind === 'malformed') {
    return { outcome: { kind: 'response', response: { status: 400, headers: {} } }, afterMs: 0 };
  }
  if (reception.kind === 'denied') {
    return {
      outcome: { kind: 'response', response: { status: 403, headers: {}, body: 'RBAC: access denied' } },
      afterMs: 0,
    };
  }
  if (reception.kind === 'answered') return { outcome: { kind: 'response', response: reception.response }, afterMs: 0 };
  const answer = application(endpoint, reception.request);
  if (answer.kind === 'reset') return { outcome: { kind: 'reset' }, afterMs: 0 };
  const waitMs = state.enterPool(plan.destination, { endpoint, atMs, durationMs: answer.afterMs });
  if (waitMs === undefined) return { outcome: { kind: 'overflow' }, afterMs: 0 };
  const { perTryTimeoutMs } = plan.retry;
  if (perTryTimeoutMs !== undefined && answer.afterMs > perTryTimeoutMs) {
    return { outcome: { kind: 'per-try-timeout' }, afterMs: waitMs + perTryTimeoutMs };
  }
  const headers = { ...answer.response.headers, ...reception.responseHeaders };
  const response = { ...answer.response, headers };
  return { outcome: { kind: 'response', response }, afterMs: waitMs + answer.afterMs };
}

function playMirror(
  params: ExchangeParams,
  { mirror, plan }: { mirror: MirrorPlan; plan: ForwardPlan },
): Exchange['mirrored'] {
  const { destination, endpoints, cluster } = mirror;
  const { caller, calleeOf, outbound, random } = params.input;
  if (destination === undefined) return [];
  const endpoint = pickEndpoint({ destination, endpoints, turn: 0, avoid: new Set(), random });
  if (endpoint === undefined) return [];
  const { reception } = attempt({
    plan: { ...plan, destination },
    endpoint,
    caller,
    calleeOf,
    secrets: outbound.secrets,
    steps: [],
  });
  if (reception.kind !== 'received') return [];
  params.application(endpoint, reception.request);
  return [{ cluster, endpoint, request: reception.request }];
}

function finishHeaders(plan: ForwardPlan, headers: HttpResponse['headers']): HttpResponse['headers'] {
  const edited = editHeaders(headers, ...plan.responseEdits);
  if (plan.setCookie === undefined) return edited;
  const before = edited['set-cookie'];
  return { ...edited, 'set-cookie': before === undefined ? plan.setCookie : `${before},${plan.setCookie}` };
}

function describeOutcome(outcome: TryOutcome): string {
  return outcome.kind === 'response' ? `answers ${outcome.response.status}` : `fails: ${outcome.kind}`;
}
