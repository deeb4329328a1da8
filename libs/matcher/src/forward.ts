import {
  blackHoleCluster,
  passthroughCluster,
  type ForwardIr,
  type RouteIr,
  type WeightedDestinationIr,
} from '@malla/ir';
import { chooseWeighted, happens, type Random } from './choice.ts';
import type { LocalAnswer, MirrorPlan, OutboundOutcome } from './forward-plan.ts';
import { hashInput } from './hash.ts';
import { editHeaders } from './header-edits.ts';
import { usableEndpoints } from './load-balancer.ts';
import { rewriteTarget } from './path.ts';
import { routeRequestOf, type CallerRequest, type HttpRequest } from './request.ts';
import { planRetries } from './retry-plan.ts';
import { step, type Step } from './step.ts';
import type { OutboundTables } from './tables.ts';

export interface ForwardParams {
  readonly route: RouteIr;
  readonly action: ForwardIr;
  readonly request: CallerRequest;
  readonly steps: Step[];
  readonly random: Random;
  readonly delayMs: number;
}

/** Turns a forwarding route into a plan: destination by weight, rewritten request, retries, mirrors, hash. */
export function forward(tables: OutboundTables, params: ForwardParams): OutboundOutcome {
  const { action, route, request, steps, random, delayMs } = params;
  const chosen = chooseWeighted(action.destinations, action.destinations.length > 1 ? random() : 0);
  steps.push(step('destination', describeChoice(chosen, action), route.origin));
  if (chosen.cluster === passthroughCluster) return { kind: 'passthrough' };
  const destination = tables.destinations.get(chosen.cluster);
  if (destination === undefined || chosen.cluster === blackHoleCluster) {
    steps.push(step('destination', `there is no cluster ${chosen.cluster}`));
    return unavailable('unknown-cluster', delayMs);
  }
  const hash = hashInput(action.hash, routeRequestOf(request), () => randomHex(random));
  const endpoints = usableEndpoints(tables.endpoints.get(chosen.cluster));
  const mirrors = planMirrors(tables, params);
  if (endpoints.length === 0) {
    steps.push(step('endpoint', `no healthy endpoint in ${chosen.cluster}`, destination.origin));
    return unavailable('no-healthy-endpoint', delayMs);
  }
  return {
    kind: 'forward',
    destination,
    endpoints,
    request: upstreamRequest(request, params, chosen),
    responseEdits: [route.headers.response, chosen.headers.response],
    delayMs,
    timeoutMs: action.timeoutMs,
    retry: planRetries(action.retry),
    mirrors,
    ...(hash.values.length === 0 ? {} : { hashKey: hash.values.join('\0') }),
    ...(hash.setCookie === undefined ? {} : { setCookie: hash.setCookie }),
  };
}

/** TCP: bytes go to the cluster as they are. */
export function forwardRaw(
  tables: OutboundTables,
  { cluster, request, steps }: { cluster: string; request: CallerRequest; steps: Step[] },
): OutboundOutcome {
  steps.push(step('destination', `forwards bytes to ${cluster}`));
  const destination = tables.destinations.get(cluster);
  const endpoints = usableEndpoints(tables.endpoints.get(cluster));
  if (destination === undefined || endpoints.length === 0)
    return { ...unavailable('no-healthy-endpoint', 0), raw: true };
  const { method, path, authority, headers } = request;
  return {
    kind: 'forward',
    raw: true,
    ...(request.entry.kind === 'gateway' && request.entry.chain.transport === 'passed' && { clientTls: true }),
    destination,
    endpoints,
    request: { method, path, authority, headers },
    responseEdits: [],
    delayMs: 0,
    timeoutMs: 0,
    retry: planRetries(undefined),
    mirrors: [],
  };
}

function describeChoice(chosen: WeightedDestinationIr, action: ForwardIr): string {
  if (action.destinations.length === 1) return `forwards to ${chosen.cluster}`;
  const total = action.destinations.reduce((sum, destination) => sum + destination.weight, 0);
  return `forwards to ${chosen.cluster}, weight ${chosen.weight} of ${total}`;
}

function upstreamRequest(
  request: CallerRequest,
  { route, action }: Pick<ForwardParams, 'route' | 'action'>,
  chosen: WeightedDestinationIr,
): HttpRequest {
  const headers = editHeaders(request.headers, route.headers.request, chosen.headers.request);
  return {
    method: request.method,
    path: action.rewrite === undefined ? request.path : rewriteTarget(request.path, action.rewrite, route.match.path),
    authority: chosen.hostRewrite ?? action.hostRewrite ?? request.authority,
    headers,
  };
}

function planMirrors(tables: OutboundTables, { action, route, steps, random }: ForwardParams): readonly MirrorPlan[] {
  return action.mirrors
    .filter((mirror) => happens(mirror.percent, random()))
    .map(({ cluster }) => {
      steps.push(step('mirror', `mirrors to ${cluster}`, route.origin));
      const destination = tables.destinations.get(cluster);
      const endpoints = usableEndpoints(tables.endpoints.get(cluster));
      return { cluster, endpoints, ...(destination === undefined ? {} : { destination }) };
    });
}

function unavailable(reason: LocalAnswer['reason'], delayMs: number): LocalAnswer {
  const body = reason === 'no-healthy-endpoint' ? 'no healthy upstream' : '';
  return { kind: 'answer', reason, response: { status: 503, headers: {}, body }, delayMs };
}

/** 16 hexadecimal digits, as long as Envoy's generated cookies. */
function randomHex(random: Random): string {
  return Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('');
}
