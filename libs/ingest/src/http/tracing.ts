import type { TracingConfig } from '@malla/proxy-config';
import {
  OpenTelemetryConfigSchema,
  type OpenTelemetryConfig,
} from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import {
  ZipkinConfig_CollectorEndpointVersion as EndpointVersion,
  ZipkinConfig_TraceContextOption as TraceContext,
  ZipkinConfigSchema,
  type ZipkinConfig,
} from '@malla/protos/gen/envoy/config/trace/v3/zipkin_pb';
import type { HttpConnectionManager_Tracing } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { Tracing_Http } from '@malla/protos/gen/envoy/config/trace/v3/http_tracer_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcCluster } from '../wire/grpc-service.ts';
import { readPercent } from '../wire/percent.ts';

type Provider = Pick<TracingConfig, 'provider' | 'collectorCluster' | 'traceId128Bit'>;

const none: Provider = { provider: 'none', collectorCluster: '', traceId128Bit: false };

/** Trace headers: made and passed on. Spans are made elsewhere, so what would be in them is refused. */
export function readTracing(reader: FieldReader<HttpConnectionManager_Tracing> | undefined): TracingConfig | undefined {
  if (!reader) return undefined;
  const provider = reader.message('provider');
  return {
    clientSampling: readPercent(reader.message('clientSampling')) ?? 100,
    randomSampling: readPercent(reader.message('randomSampling')) ?? 100,
    overallSampling: readPercent(reader.message('overallSampling')) ?? 100,
    ...((provider && readProvider(provider)) ?? none),
  };
}

function readProvider(reader: FieldReader<Tracing_Http>): Provider | undefined {
  // Extensions are found by the type of their configuration; the name is for people.
  reader.ignore('name');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  const cases = [anyCase(OpenTelemetryConfigSchema, readOpenTelemetry), anyCase(ZipkinConfigSchema, readZipkin)];
  return reader.oneof<'configType', Provider>('configType', { typedConfig: (any) => unpack<Provider>(any, cases) });
}

function readOpenTelemetry(reader: FieldReader<OpenTelemetryConfig>): Provider {
  const service = reader.message('grpcService');
  if (!service) reader.refuse('grpcService', 'is required');
  return {
    provider: 'opentelemetry',
    collectorCluster: service ? readGrpcCluster(service) : '',
    traceId128Bit: true,
  };
}

function readZipkin(reader: FieldReader<ZipkinConfig>): Provider {
  // How spans travel does not show in headers.
  reader.ignore('collectorEndpoint', 'collectorHostname');
  reader.choice('collectorEndpointVersion', { [EndpointVersion.HTTP_JSON]: true, [EndpointVersion.HTTP_PROTO]: true });
  reader.expect('traceContextOption', TraceContext.USE_B3);
  const collectorCluster = reader.take('collectorCluster');
  if (collectorCluster === '') reader.refuse('collectorCluster', 'is required');
  return { provider: 'zipkin', collectorCluster, traceId128Bit: reader.take('traceId128bit') };
}
