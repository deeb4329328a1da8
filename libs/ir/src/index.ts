// Who is configured
export type {
  DataPlane,
  InboundBind,
  Interception,
  OutboundBind,
  Proxy,
  ProxyRole,
  ProxyScope,
  SocketAddress,
} from './proxy.ts';
export type { NodeMetadata } from './node-metadata.ts';
// Outbound half
export type { OutboundIr, OutboundServiceIr } from './outbound.ts';
export type {
  ClientTlsIr,
  ConnectionPoolIr,
  DestinationIr,
  EndpointIr,
  EndpointSetIr,
  LoadBalancerIr,
  LocalityEndpointsIr,
  OutlierDetectionIr,
  Protocol,
} from './destination.ts';
export {
  noHeaderEdits,
  type DirectResponseIr,
  type FaultIr,
  type ForwardIr,
  type HashPolicyIr,
  type HeaderEditsIr,
  type HeaderMatchIr,
  type HeaderOperationsIr,
  type MirrorIr,
  type RedirectIr,
  type RetryIr,
  type RewriteIr,
  type RouteActionIr,
  type RouteConfigIr,
  type RouteIr,
  type RouteMatchIr,
  type VirtualHostIr,
  type WeightedDestinationIr,
} from './route.ts';
// Inbound half
export type { InboundIr, InboundPortIr, MutualTlsMode } from './inbound.ts';
export type {
  AttributeIr,
  AuthorizationIr,
  AuthorizationPolicyIr,
  AuthorizationRuleIr,
  CustomAuthorizationIr,
  PredicateIr,
} from './authorization.ts';
// Gateways
export type {
  ClientVerificationIr,
  GatewayChainIr,
  GatewayIr,
  GatewayPortIr,
  GatewayTargetIr,
  ServerTlsIr,
  TlsVersionIr,
} from './gateway.ts';
export type { AuthorizerIr, GrpcAuthorizerIr, HttpAuthorizerIr } from './authorizer.ts';
export type { RateLimitIr, RateLimitMatchIr, RateLimitRuleIr, RateLimitValueIr } from './rate-limit.ts';
// Traces, metrics and logs
export type { AccessLogIr, LogFieldsIr, SpanExporterIr, TelemetryIr, TraceTagIr, TracingIr } from './telemetry.ts';
export {
  changedLabels,
  grpcCalls,
  isLabelName,
  istioMetrics,
  type IstioMetric,
  type MetricChangeIr,
  type MetricsIr,
} from './istio-metrics.ts';
export { logCommands, logFormatProblem } from './log-format.ts';
export {
  compileLogExpression,
  expressionCommand,
  labelExpression,
  logAttributes,
  logExpressionProblem,
  type LogAttributeValues,
  type LogExpression,
  type LogExpressionUse,
} from './log-expression.ts';
export { b3Context } from './b3-context.ts';
export { traceEnvironment } from './trace-environment.ts';
// Both
export type { ListenerIr } from './listener.ts';
export type { Origin } from './origin.ts';
export {
  formatPeerMetadata,
  maxPeerMetadataLength,
  parsePeerMetadata,
  peerMetadataHeader,
  peerMetadataKey,
  peerMetadataVariable,
  type PeerMetadata,
} from './peer-metadata.ts';
export type { SecretIr } from './secret.ts';
export { PrivateText } from './private-text.ts';
export type { ValueMatch } from './value-match.ts';
// Names
export {
  accessLogNames,
  agentAccessLogCluster,
  agentPolicyCluster,
  agentSdsCluster,
  agentXdsCluster,
  authorizerContext,
  blackHoleCluster,
  blockAllName,
  builtinAuthorizer,
  credentialCaSecretName,
  credentialSecretName,
  gatewayHttpRouteConfigName,
  gatewayHttpsRouteConfigName,
  gatewayBlackHoleName,
  httpProxyRouteConfigName,
  inboundClusterName,
  inboundPassthroughCluster,
  inboundVirtualHostName,
  meshSni,
  outboundClusterName,
  parseOutboundClusterName,
  passthroughCluster,
  portRouteConfigName,
  ports,
  rateLimitNames,
  rootsSecretName,
  serviceHost,
  serviceListenerName,
  serviceRouteConfigName,
  systemRootsSecretName,
  virtualInboundName,
  virtualOutboundName,
  workloadSecretName,
} from './names.ts';
export { istioJsonFields, istioLogLine } from './istio-log-formats.ts';
