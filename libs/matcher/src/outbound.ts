import {
  httpProxyRouteConfigName,
  portRouteConfigName,
  serviceRouteConfigName,
  type RouteIr,
  type VirtualHostIr,
} from '@malla/ir';
import { chooseWeighted, happens, type Random } from './choice.ts';
import type { AnswerReason, LocalAnswer, OutboundOutcome } from './forward-plan.ts';
import type { Deciders } from './deciders.ts';
import { forward, forwardRaw } from './forward.ts';
import { applyGatewayPolicies, denialOfBytes } from './gateway-policies.ts';
import { editHeaders } from './header-edits.ts';
import { normalizeTarget } from './path.ts';
import { redirectLocation } from './redirect.ts';
import { routeRequestOf, type CallerRequest, type Entry, type Headers, type HttpResponse } from './request.ts';
import { step, type Step } from './step.ts';
import type { OutboundTables } from './tables.ts';
import { findVirtualHost } from './virtual-host.ts';

/** The caller's proxy: what it does with a request, and why. */
export interface OutboundDecision {
  readonly steps: readonly Step[];
  readonly outcome: OutboundOutcome;
}

/** What a decision depends on besides configuration. */
export interface OutboundSurroundings {
  readonly random: Random;
  /** Those that the proxy asks when it is a gateway; absent: they count as agreeing. */
  readonly deciders?: Deciders | undefined;
}

/** Decides one request at the caller's proxy, in the order in which Envoy does: host, route, fault, then the route's action. */
export function decideOutbound(
  tables: OutboundTables,
  sent: CallerRequest,
  { random, deciders }: OutboundSurroundings,
): OutboundDecision {
  const steps: Step[] = [];
  const raw = tables.rawClusters(sent.entry);
  if (raw !== undefined) {
    const denial = denialOfBytes(sent.entry, steps);
    if (denial !== undefined) return { steps, outcome: denial };
    const { cluster } = chooseWeighted(raw, raw.length > 1 ? random() : 0);
    return { steps, outcome: forwardRaw(tables, { cluster, request: sent, steps }) };
  }
  const path = normalizeTarget(sent.path);
  if (path === undefined) {
    steps.push(step('route-configuration', 'refuses a malformed path'));
    return { steps, outcome: answer('malformed-path', { status: 400, headers: {} }) };
  }
  const request = { ...sent, path };
  const configName = routeConfigName(request.entry);
  const config = tables.routeConfigs.get(configName);
  if (config === undefined) {
    steps.push(step('route-configuration', `no listener leads to ${configName}`));
    return { steps, outcome: answer('no-route-configuration', { status: 404, headers: {} }) };
  }
  steps.push(step('route-configuration', `route configuration ${configName}`));
  const virtualHost = findVirtualHost(config.virtualHosts, request.authority, config.matchPorts);
  if (virtualHost === undefined) {
    steps.push(step('virtual-host', `no virtual host has the domain ${request.authority}`));
    return { steps, outcome: answer('no-virtual-host', { status: 404, headers: {} }) };
  }
  steps.push(step('virtual-host', `virtual host ${virtualHost.name} serves ${request.authority}`));
  const route = findRoute(tables, { virtualHost, request, steps });
  if (route === undefined) return { steps, outcome: answer('no-route', { status: 404, headers: {} }) };
  const verdict = applyGatewayPolicies(request, steps, deciders);
  if (verdict.kind === 'answer') return { steps, outcome: verdict };
  const allowed = { ...request, headers: verdict.headers };
  const outcome = act(tables, { route, request: allowed, steps, random });
  return { steps, outcome: withHeaders(outcome, verdict.responseHeaders) };
}

/** The response gets further headers, whoever makes it. */
function withHeaders(outcome: OutboundOutcome, headers: Headers): OutboundOutcome {
  const set = Object.entries(headers);
  if (set.length === 0 || outcome.kind === 'passthrough') return outcome;
  if (outcome.kind === 'answer') {
    const { response } = outcome;
    return { ...outcome, response: { ...response, headers: { ...response.headers, ...headers } } };
  }
  return { ...outcome, responseEdits: [...outcome.responseEdits, { set, add: [], remove: [] }] };
}

function isTls(entry: Entry): boolean {
  return entry.kind === 'gateway' && entry.chain.transport === 'ended';
}

function routeConfigName(entry: Entry): string {
  switch (entry.kind) {
    case 'service':
      return serviceRouteConfigName(entry.host, entry.port);
    case 'port':
      return portRouteConfigName(entry.port);
    case 'http-proxy':
      return httpProxyRouteConfigName;
    case 'gateway':
      return entry.chain.target.kind === 'http' ? entry.chain.target.routeConfig : '';
  }
}

function findRoute(
  tables: OutboundTables,
  { virtualHost, request, steps }: { virtualHost: VirtualHostIr; request: CallerRequest; steps: Step[] },
): RouteIr | undefined {
  const routed = routeRequestOf(request);
  for (const route of virtualHost.routes) {
    const failed = tables.conditionsOf(route).failure(routed);
    if (failed === undefined) {
      steps.push(step('route', `route ${route.name} matches`, route.origin));
      return route;
    }
    steps.push(step('route', `route ${route.name} does not match: ${failed}`, route.origin));
  }
  steps.push(step('route', `no route of ${virtualHost.name} matches`));
  return undefined;
}

interface Turn {
  readonly route: RouteIr;
  readonly request: CallerRequest;
  readonly steps: Step[];
  readonly random: Random;
}

function act(tables: OutboundTables, turn: Turn): OutboundOutcome {
  const { route, request, steps } = turn;
  const { delayMs, abort } = injectFault(turn);
  if (abort !== undefined) return { ...answer('fault-abort', abort), delayMs };
  const { action } = route;
  const finish = (response: HttpResponse) => ({
    ...response,
    headers: editHeaders(response.headers, route.headers.response),
  });
  if (action.kind === 'redirect') {
    const location = redirectLocation(action, request, {
      port: request.entry.port,
      requestScheme: isTls(request.entry) ? 'https' : 'http',
    });
    steps.push(step('redirect', `answers ${action.code} to ${location}`, route.origin));
    return { ...answer('redirect', finish({ status: action.code, headers: { location } })), delayMs };
  }
  if (action.kind === 'direct-response') {
    steps.push(step('direct-response', `answers ${action.status}`, route.origin));
    return { ...answer('direct-response', finish({ status: action.status, headers: {}, body: action.body })), delayMs };
  }
  return forward(tables, { ...turn, action, delayMs });
}

function injectFault({ route, steps, random }: Turn): { readonly delayMs: number; readonly abort?: HttpResponse } {
  const { delay, abort } = route.fault ?? {};
  let delayMs = 0;
  if (delay !== undefined && happens(delay.percent, random())) {
    delayMs = delay.ms;
    steps.push(step('fault', `delays by ${delay.ms} ms`, route.origin));
  }
  if (abort !== undefined && happens(abort.percent, random())) {
    steps.push(step('fault', `aborts with ${abort.httpStatus}`, route.origin));
    return { delayMs, abort: { status: abort.httpStatus, headers: {}, body: 'fault filter abort' } };
  }
  return { delayMs };
}

function answer(reason: AnswerReason, response: HttpResponse): LocalAnswer {
  return { kind: 'answer', reason, response, delayMs: 0 };
}
