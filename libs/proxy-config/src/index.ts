// Addresses and values
export type { Address, CidrRange, Metadata } from './address.ts';
export type { HeaderMatch, StringMatch } from './string-match.ts';

// Listeners
export type {
  ConnectionPredicate,
  FilterChainConfig,
  FilterChainMatch,
  ListenerConfig,
  ListenerFilterConfig,
  NetworkFilterConfig,
} from './listener.ts';
export type { TcpProxyConfig } from './tcp-proxy.ts';
export type { Http1Config, Http2Config, HttpManagerConfig } from './http-manager.ts';
export type { SpanConfig, SpanExporterConfig, SpanTagConfig, TracingConfig } from './tracing.ts';
export type {
  CorsConfig,
  ExtAuthzConfig,
  FaultFilterConfig,
  GrpcStatsConfig,
  HeaderToMetadataConfig,
  GrpcServiceConfig,
  HttpFilterConfig,
  LocalRateLimitConfig,
  PerFilterConfig,
  RateLimitFilterConfig,
  RouterFilterConfig,
} from './http-filters.ts';
export type { RbacCondition, RbacFilterConfig, RbacPolicy, RbacRules } from './rbac.ts';

// Routes
export type { DestinationExtras, ForwardExtras, RouteConfig, RouteTableConfig, VirtualHostConfig } from './route.ts';
export type { RateLimitAction, RateLimitPolicy, RateLimitValuePart } from './rate-limit.ts';

// Clusters
export type {
  CircuitBreakerConfig,
  ClusterConfig,
  EndpointConfig,
  EndpointsConfig,
  HealthCheckConfig,
  LoadBalancerConfig,
  LocalityConfig,
  OutlierConfig,
  SlowStartConfig,
  SubsetConfig,
  UpstreamHttpConfig,
  UpstreamTransport,
} from './cluster.ts';

// TLS
export type {
  DownstreamTlsConfig,
  SecretConfig,
  SecretReference,
  SubjectAltNameMatch,
  TlsParametersConfig,
  TlsVersion,
  UpstreamTlsConfig,
  ValidationConfig,
} from './tls.ts';

// Telemetry
export type {
  AccessLogConfig,
  AccessLogFilter,
  AccessLogType,
  JsonLogFields,
  LogFormat,
  LoggedHeaders,
  StatRule,
} from './access-log.ts';

// Start
export type { BootstrapConfig } from './bootstrap.ts';
