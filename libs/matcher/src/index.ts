// Compile and decide
export { compile, type Decision, type Matcher, type MatcherInput } from './compile.ts';
export type { AuthorizerQuestion, Deciders, Descriptor, LimitAnswer } from './deciders.ts';
export type { Callee, CalleeLookup, ReceivedRequest } from './callee.ts';
export type { CallerRequest, Entry, GatewayEntry, Headers, HttpRequest, HttpResponse } from './request.ts';
export type { Phase, Step } from './step.ts';
export type { Random } from './choice.ts';
// Gateways
export {
  edgeHeaders,
  enterGateway,
  hasAmbiguousHeader,
  type ClientCertificate,
  type ClientHello,
  type GatewayConnection,
  type GatewayProxy,
  type GatewayReception,
} from './enter-gateway.ts';
// Outcomes
export type {
  AnswerReason,
  ForwardPlan,
  LocalAnswer,
  MirrorPlan,
  OutboundOutcome,
  Passthrough,
} from './forward-plan.ts';
export type { Attempt } from './attempt.ts';
export { receive, type ReceiveParams, type Reception } from './inbound.ts';
export type { RetryPlan, TryOutcome } from './retry-plan.ts';
export type { Transport } from './tls-decision.ts';
// Played to the end
export type { Application, ApplicationAnswer, Exchange, Try } from './exchange.ts';
// The data plane: compiled tables
export { compileRouteTable, RouteTable, VirtualHostTable } from './route-table.ts';
export { CompiledRoute, type CompiledDestination, type RouteRetries } from './compiled-route.ts';
export type { RouteRequest } from './route-request.ts';
export { HeaderEdits, type EditableHeaders } from './header-edits.ts';
export { RetryRules, type ResetOutcome } from './retry-plan.ts';
// Single rules, for explanations and for the data plane
export { happens } from './choice.ts';
export { findVirtualHost } from './virtual-host.ts';
export { stripPort } from './strip-port.ts';
export { normalizeTarget, rewriteTarget } from './path.ts';
export { redirectLocation } from './redirect.ts';
