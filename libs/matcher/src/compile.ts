import type { OutboundIr } from '@malla/ir';
import { attempt, type Attempt } from './attempt.ts';
import type { CalleeLookup } from './callee.ts';
import type { Random } from './choice.ts';
import { ClusterState } from './cluster-state.ts';
import type { Deciders } from './deciders.ts';
import { exchange, type Application, type Exchange } from './exchange.ts';
import { pickEndpoint, pickFacts } from './load-balancer.ts';
import { decideOutbound, type OutboundDecision } from './outbound.ts';
import type { CallerRequest } from './request.ts';
import type { Step } from './step.ts';
import { compileOutbound } from './tables.ts';

/** Everything that a caller's request can meet. */
export interface MatcherInput {
  /** The outbound half of the caller's proxy. */
  readonly outbound: OutboundIr;
  /** SPIFFE id in the certificate of the caller's proxy. */
  readonly caller: string;
  readonly calleeOf: CalleeLookup;
  readonly random: Random;
  /** Those that the caller's proxy asks when it is a gateway; absent: they count as agreeing. */
  readonly deciders?: Deciders | undefined;
}

/** What happens to a request, and why. */
export interface Decision extends OutboundDecision {
  /** Set when the outcome is a forward. */
  readonly first?: Attempt;
}

export interface Matcher {
  /** Decides a request up to what the first chosen callee makes of it. Nothing is remembered. */
  readonly decide: (request: CallerRequest) => Decision;
  /**
   * Plays a request against applications: retries, timeouts, pools and ejections included. `atMs` is simulated time and must not go
   * backwards; the matcher remembers pools and ejections between calls.
   */
  readonly exchange: (request: CallerRequest, application: Application, atMs?: number) => Exchange;
}

/** Compiles a caller's view of the mesh. */
export function compile(input: MatcherInput): Matcher {
  const tables = compileOutbound(input.outbound);
  const states = new Map<string, ClusterState>();
  const stateOf = (cluster: string) => {
    const state = states.get(cluster) ?? new ClusterState();
    states.set(cluster, state);
    return state;
  };
  return {
    decide: (request) => {
      const decision = decideOutbound(tables, request, input);
      return decision.outcome.kind === 'forward' ? firstTry(input, decision) : decision;
    },
    exchange: (request, application, atMs = 0) =>
      exchange({ input, decision: decideOutbound(tables, request, input), application, stateOf, atMs }),
  };
}

function firstTry(input: MatcherInput, decision: OutboundDecision): Decision {
  if (decision.outcome.kind !== 'forward') return decision;
  const plan = decision.outcome;
  const { caller, calleeOf, random } = input;
  const endpoint = pickEndpoint({ ...pickFacts(plan), turn: 0, avoid: new Set(), random });
  if (endpoint === undefined) return decision;
  const steps: Step[] = [...decision.steps];
  const first = attempt({ plan, endpoint, caller, calleeOf, secrets: input.outbound.secrets, steps });
  return { ...decision, steps, first };
}
