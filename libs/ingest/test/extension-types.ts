import type { DescMessage } from '@bufbuild/protobuf';
import { FilterConfigSchema } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { FileAccessLogSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { ExpressionFilterSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { CorsPolicySchema, CorsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import {
  ExtAuthzPerRouteSchema,
  ExtAuthzSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import { FilterConfigSchema as GrpcStatsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb';
import { HeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import { ConfigSchema as HeaderToMetadataSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb';
import { UpstreamCodecSchema } from '@malla/protos/gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { LocalRateLimitSchema } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
import {
  RateLimitPerRouteSchema,
  RateLimitSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import {
  RBACPerRouteSchema,
  RBACSchema as HttpRbacSchema,
} from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { OriginalDstSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { TlsInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { RBACSchema as NetworkRbacSchema } from '@malla/protos/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb';
import { TcpProxySchema } from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { PreviousHostsPredicateSchema } from '@malla/protos/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb';
import { RawBufferSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { HttpInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb';
import { ClusterProvidedSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb';
import { LeastRequestSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb';
import { MaglevSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb';
import { RandomSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/random/v3/random_pb';
import { RingHashSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb';
import { RoundRobinSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb';
import { WrrLocalitySchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb';
import { HttpProtocolOptionsSchema } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';

/** Messages that stand in an Any in the resources of specs. */
export const extensionTypes: readonly DescMessage[] = [
  ...[HttpConnectionManagerSchema, TcpProxySchema, NetworkRbacSchema, OriginalDstSchema, TlsInspectorSchema],
  ...[
    RouterSchema,
    GrpcStatsSchema,
    HeaderMutationSchema,
    HeaderToMetadataSchema,
    UpstreamCodecSchema,
    HTTPFaultSchema,
    HttpRbacSchema,
    RBACPerRouteSchema,
    CorsSchema,
    CorsPolicySchema,
  ],
  ...[LocalRateLimitSchema, RateLimitSchema, RateLimitPerRouteSchema, ExtAuthzSchema, ExtAuthzPerRouteSchema],
  ...[FilterConfigSchema, PreviousHostsPredicateSchema],
  ...[
    ExpressionFilterSchema,
    FileAccessLogSchema,
    HttpGrpcAccessLogConfigSchema,
    TcpGrpcAccessLogConfigSchema,
    ConfigSchema,
  ],
  ...[StdoutAccessLogSchema, StderrAccessLogSchema, HttpInspectorSchema],
  ...[RoundRobinSchema, LeastRequestSchema, RandomSchema, RingHashSchema, MaglevSchema, WrrLocalitySchema],
  ClusterProvidedSchema,
  ...[RawBufferSchema, DownstreamTlsContextSchema, UpstreamTlsContextSchema, HttpProtocolOptionsSchema],
];
