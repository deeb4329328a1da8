import { createRegistry, fromJsonString, type Registry } from '@bufbuild/protobuf';
import type { BootstrapConfig } from '@malla/proxy-config';
import { BootstrapSchema, type Bootstrap } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import { OpenTelemetryConfigSchema } from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import { FileAccessLogSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { ExpressionFilterSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { CorsPolicySchema, CorsSchema } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { HeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import { LocalRateLimitSchema } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
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
import { HeaderMutationSchema as EarlyHeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb';
import { DownstreamConnectionsConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb';
import { FixedHeapConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb';
import { RawBufferSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { HttpProtocolOptionsSchema } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import type { IngestResult } from '../result.ts';
import { FieldReader } from '../wire/field-reader.ts';
import { Reading } from '../wire/reading.ts';
import { readBootstrap } from './bootstrap.ts';

/** Messages that may stand in an Any of a bootstrap: JSON names types that must be known to be read at all. */
const types: Registry = createRegistry(
  ...[HttpConnectionManagerSchema, TcpProxySchema, NetworkRbacSchema, OriginalDstSchema, TlsInspectorSchema],
  ...[RouterSchema, HTTPFaultSchema, HttpRbacSchema, RBACPerRouteSchema, CorsSchema, CorsPolicySchema],
  ...[LocalRateLimitSchema, FileAccessLogSchema, StdoutAccessLogSchema, StderrAccessLogSchema],
  ...[ExpressionFilterSchema],
  ...[RawBufferSchema, DownstreamTlsContextSchema, UpstreamTlsContextSchema, HttpProtocolOptionsSchema],
  ...[DownstreamConnectionsConfigSchema, FixedHeapConfigSchema],
  ...[OpenTelemetryConfigSchema, EarlyHeaderMutationSchema, HeaderMutationSchema],
);

/** Envoy's bootstrap in protobuf's JSON, as what the data plane starts with. */
export function ingestBootstrap(json: string): IngestResult<'bootstrap', BootstrapConfig> {
  let bootstrap: Bootstrap;
  try {
    bootstrap = fromJsonString(BootstrapSchema, json, { registry: types });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ path: '', message: `is no bootstrap: ${reason}` }] };
  }
  const reading = new Reading();
  const config = readBootstrap(new FieldReader<Bootstrap>(reading, BootstrapSchema, bootstrap, ''), bootstrap.node);
  reading.finish();
  const { problems } = reading;
  return problems.length > 0 ? { ok: false, problems } : { ok: true, kind: 'bootstrap', config };
}
