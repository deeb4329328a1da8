import type { DestinationIr, EndpointIr, EndpointSetIr } from '@malla/ir';
import { chooseWeighted, type Random } from './choice.ts';
import type { ForwardPlan } from './forward-plan.ts';
import { hashText } from './hash.ts';

export interface PickParams {
  readonly destination: DestinationIr;
  readonly endpoints: readonly EndpointIr[];
  /** From consistent hashing; undefined picks as if there were none. */
  readonly hashKey?: string;
  /** Requests to this cluster so far, for round robin. */
  readonly turn: number;
  /** Endpoints to avoid while others are left. */
  readonly avoid: ReadonlySet<EndpointIr>;
  readonly random: Random;
}

/** What a plan says about the pick. */
export function pickFacts(plan: ForwardPlan): Pick<PickParams, 'destination' | 'endpoints' | 'hashKey'> {
  const { destination, endpoints, hashKey } = plan;
  return hashKey === undefined ? { destination, endpoints } : { destination, endpoints, hashKey };
}

/** Endpoints that may get traffic: healthy ones of every locality, in IR order. */
export function usableEndpoints(set: EndpointSetIr | undefined): readonly EndpointIr[] {
  return (set?.localities ?? []).flatMap((locality) => locality.endpoints).filter((endpoint) => endpoint.healthy);
}

/**
 * One endpoint, or undefined when there is none. Least request is a random choice by weight here: a single decision knows no load.
 * With a hash key the same key gives the same endpoint while the set stays.
 */
export function pickEndpoint(params: PickParams): EndpointIr | undefined {
  const { destination, endpoints, avoid, random } = params;
  const { kind } = destination.loadBalancer;
  if (params.hashKey !== undefined && (kind === 'ring-hash' || kind === 'maglev'))
    return highestScore(endpoints, params.hashKey);
  const fresh = endpoints.filter((endpoint) => !avoid.has(endpoint));
  const candidates = fresh.length > 0 ? fresh : endpoints;
  if (candidates.length === 0) return undefined;
  if (kind === 'round-robin') {
    const turns = candidates.flatMap((endpoint) => Array.from({ length: endpoint.weight }, () => endpoint));
    return turns[params.turn % turns.length];
  }
  return chooseWeighted(candidates, random());
}

/** Rendezvous hashing: the endpoint whose hash with the key is highest, so that losing one moves only its own keys. */
function highestScore(endpoints: readonly EndpointIr[], key: string): EndpointIr | undefined {
  let best: { endpoint: EndpointIr; score: number } | undefined;
  for (const endpoint of endpoints) {
    const score = hashText(`${endpoint.address}|${endpoint.port}|${key}`);
    if (best === undefined || score > best.score) best = { endpoint, score };
  }
  return best?.endpoint;
}
